"""What the forward pass keeps for the backward pass: values one makes and the other reads.

Read from the jaxpr: this is what JAX saves. XLA may do without some of it, by computing it
again or by fusing, and often has to keep what it saves in the same memory as other things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from jaxlab.analyses.flow import arguments_of, inlined_region
from jaxlab.analyses.trips import trip_count
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.origin import Frame
from jaxlab.overlay import Overlay


@dataclass(frozen=True, slots=True)
class Residual:
    """One value that is kept for the backward pass.

    Attributes:
      value: what the backward pass reads: of a scan, what all its rounds made, stacked.
      size: its bytes; None where a size is not known.
      node: the equation that makes it, inside calls and loops; "" for an argument.
      holder: the equation whose result it is: the scan, or `node` itself.
      calls: the calls that `holder` is inside, outermost first.
      rounds: how many rounds of a scan it is stacked from; 1 outside of scans.
      kind: "result", or "argument" or "const" for what is there anyway.
      op, scope, frame: of `node`, as this call of it has them.
    """

    value: Value
    size: int | None
    node: str
    holder: str
    calls: tuple[str, ...]
    rounds: int
    kind: str
    op: str
    scope: str
    frame: Frame | None


@dataclass(frozen=True)
class Residuals:
    """All that one jaxpr keeps for its backward passes.

    Attributes:
      found: each value once, the largest first.
      has_backward: whether there is a backward pass at all.
    """

    found: tuple[Residual, ...]
    has_backward: bool

    @property
    def saved(self) -> tuple[Residual, ...]:
        """What has memory of its own: neither arguments nor constants."""
        return tuple(each for each in self.found if each.kind == "result")

    @property
    def total(self) -> int:
        """Bytes of what has memory of its own, as far as sizes are known."""
        return sum(each.size or 0 for each in self.saved)

    @property
    def of_arguments(self) -> int:
        """Bytes of arguments and constants that the backward pass reads too."""
        return sum(each.size or 0 for each in self.found if each.kind != "result")

    def overlay(self) -> Overlay:
        """Bytes saved per equation, for one run of its region; calls with all inside."""
        held: dict[str, dict[tuple[str, ...], float]] = {}
        for each in self.saved:
            if each.size is None:
                continue
            key = (each.value.id,)
            held.setdefault(each.node, {})[key] = each.size / each.rounds
            # The body's own equation has the bytes of one round, the scan those of all.
            held.setdefault(each.holder, {})[key] = each.size
            for depth, call in enumerate(each.calls, 1):
                key = (*each.calls[depth:], each.value.id)
                held.setdefault(call, {})[key] = each.size
        values = {node: sum(parts.values()) for node, parts in held.items()}
        return Overlay("saved for backward", "B", "read", values)


def residuals_of(jaxpr: Graph) -> Residuals:
    """Find what the forward pass keeps for the backward pass, from a jaxpr's transforms.

    A value counts where an equation that a transpose made reads it and none made it. Regions of
    one backward equation are not looked into: all that they read from outside passes through it.
    In a loop that takes a gradient in each round, what is kept is that of one round.
    """
    found: dict[tuple[str, ...], Residual] = {}
    has_backward = False
    for region in _forward_regions(jaxpr):
        made_backward = {
            value.id for node in region.nodes if node.origin.backward for value in node.outputs
        }
        for node in region.nodes:
            if not node.origin.backward:
                continue
            has_backward = True
            for value in node.inputs:
                if value.role != "literal" and value.id not in made_backward:
                    residual = _residual(jaxpr, value)
                    if residual is not None:
                        found.setdefault((*residual.calls, residual.value.id), residual)
    ordered = sorted(found.values(), key=lambda each: -(each.size or 0))
    return Residuals(tuple(ordered), has_backward)


def _forward_regions(graph: Graph) -> Iterator[Region]:
    """The regions that no backward equation calls, each once."""
    seen = {graph.entry}
    waiting = [graph.entry]
    while waiting:
        region = graph.regions[waiting.pop(0)]
        yield region
        for node in region.nodes:
            for _, region_id in node.calls:
                if not node.origin.backward and region_id not in seen:
                    seen.add(region_id)
                    waiting.append(region_id)


def _residual(graph: Graph, value: Value) -> Residual | None:
    value, path = _seen_through(graph, value, ())
    if value.role == "literal":
        return None
    size, calls = value.type.bytes, tuple(call.id for call in path)
    if not value.node_id:
        return Residual(value, size, "", "", calls, 1, value.role, "", "", None)
    holder = graph.node(value.node_id)
    maker, inside, rounds = _inside_scan(graph, holder, value, path)
    scope, frame = _place(graph, maker, inside)
    kind = "result"
    return Residual(value, size, maker.id, holder.id, calls, rounds, kind, maker.op, scope, frame)


_Path = tuple[Node, ...]
"""The equations that call what one is inside of, outermost first."""


def _seen_through(graph: Graph, value: Value, path: _Path) -> tuple[Value, _Path]:
    """A value where it is made: inside calls, and before those that only hand it on."""
    outside = len(path)
    while True:
        if value.node_id:
            node = graph.node(value.node_id)
            inner = inlined_region(graph, node)
            if inner is None:
                return value, path
            position = [output.id for output in node.outputs].index(value.id)
            value, path = inner.outputs[position], (*path, node)
            continue
        inner = inlined_region(graph, path[-1]) if len(path) > outside else None
        given = [each.id for each in arguments_of(inner)] if inner is not None else []
        if value.id not in given:
            return value, path
        value, path = path[-1].inputs[given.index(value.id)], path[:-1]


def _inside_scan(graph: Graph, node: Node, value: Value, path: _Path) -> tuple[Node, _Path, int]:
    """The equation in a scan's body that makes a value of it, its path, and how often it does."""
    rounds = 1
    while node.op == "scan" and len(node.calls) == 1:
        body = graph.regions[node.calls[0][1]]
        position = [output.id for output in node.outputs].index(value.id)
        if position >= len(body.outputs):
            break
        inner, inside = _seen_through(graph, body.outputs[position], (*path, node))
        if len(inner.type.shape) < len(value.type.shape):
            rounds *= int(trip_count(graph, node, "scan") or 1)
        if not inner.node_id:
            break
        node, value, path = graph.node(inner.node_id), inner, inside
    return node, path, rounds


def _place(graph: Graph, node: Node, path: _Path) -> tuple[str, Frame | None]:
    """The scope and the line of an equation that was reached through these calls.

    An equation without a line of its own has that of the first call of its region, which need
    not be this one.
    """
    chain = (*path, node)
    frames = node.origin.frames
    for call, inner in pairwise(chain):
        first = graph.callers_of(graph.home_of(inner))[0]
        if first.id != call.id and node.origin.frames == first.origin.frames:
            frames = call.origin.frames
            break
    scopes = (graph.scope_of(chain[0]), *(each.origin.scope for each in chain[1:]))
    return "/".join(filter(None, scopes)), frames[0] if frames else None
