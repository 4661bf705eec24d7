"""Measured seconds of instructions, shared out among the equations that they come from.

An instruction's self time goes to the equations that lineage links it to, in proportion to the
time that a simple model gives them: the longer of computing and of moving bytes. What was shared
out in this way is *attributed*, and never shown as measured. What has no equation stays apart, so
that all shares together are the measured time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.lineage import Lineage
from jaxlab.analyses.tag_links import FUSED, INFERRED, MERGED, TAGGED
from jaxlab.analyses.trips import trip_count
from jaxlab.graph import Graph, Node
from jaxlab.origin import Frame, Origin
from jaxlab.overlay import Overlay

_FLOPS_PER_BYTE = 10.0
"""Where computing takes as long as moving, on the processors of today about: it only weighs the
equations of one instruction against each other."""

_Key = TypeVar("_Key")

FORWARD, BACKWARD, NO_EQUATION = "forward", "backward", "(no equation)"


@dataclass(frozen=True, eq=False)
class Attribution:
    """Seconds of one run by equation. The values of `seconds` and `rest` add up to all of them.

    Attributes:
      graph: the jaxpr.
      seconds: per equation's id, all its executions in one run together; what runs inside an
        equation's own sub-programs is not in it.
      rest: seconds of instructions that no equation is known for.
      by_line: all seconds by the user's innermost source line, the most first; None for none.
      by_scope: all seconds by scope and direction, `("block_3/attn", "backward")`, the most first.
    """

    graph: Graph
    seconds: Mapping[str, float]
    rest: float
    by_line: Mapping[Frame | None, float]
    by_scope: Mapping[tuple[str, str], float]

    @property
    def total(self) -> float:
        """Seconds of one run."""
        return sum(self.seconds.values()) + self.rest

    @cached_property
    def overlay(self) -> Overlay:
        """Seconds per equation for one run of its region, those that call with all inside.

        A loop of twelve rounds has twelve times what its body has, as everywhere in an overlay.
        """
        executions = executions_of(self.graph)
        values: dict[str, float] = {}
        sums: dict[str, float | None] = {}

        def sum_of(region_id: str) -> float | None:
            if region_id not in sums:
                sums[region_id] = None
                found: list[float] = []
                for node in self.graph.regions[region_id].nodes:
                    value = value_of(node, executions.get(region_id, 1.0))
                    if value is not None:
                        values[node.id] = value
                        found.append(value)
                sums[region_id] = sum(found) if found else None
            return sums[region_id]

        def value_of(node: Node, times: float) -> float | None:
            own = self.seconds.get(node.id)
            found = [] if own is None else [own / (times or 1.0)]
            for region_id, trips in _trips(self.graph, node).items():
                inside = sum_of(region_id)
                if inside is not None:
                    found.append(inside * trips)
            return sum(found) if found else None

        sum_of(self.graph.entry)
        return Overlay("time", "s", "attributed", values)


def attribute(
    seconds: Mapping[str, float],
    lineage: Lineage,
    covering: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Attribution:
    """Share out the seconds of instructions among the equations of the jaxpr.

    Args:
      seconds: self times per node id of `lineage.after`, as `Operations.seconds` has them; those
        under "" are no instruction's.
      lineage: from the jaxpr to the optimized HLO.
      covering: nodes that were measured in one piece, with what runs in them, which gets their
        time; as `Operations.covering`.
    """
    graph = lineage.before
    weight = _weights_of(graph)
    shares: defaultdict[str, float] = defaultdict(float)
    lines: defaultdict[Frame | None, float] = defaultdict(float)
    scopes: defaultdict[tuple[str, str], float] = defaultdict(float)
    rest = 0.0
    for node_id, taken in _in_parts(seconds, covering, lineage.after):
        instruction = lineage.after.get(node_id)
        origins = _origins_of(node_id, lineage) if instruction else ()
        if not origins or instruction is None:
            rest += taken
            lines[_innermost(instruction.origin) if instruction else None] += taken
            scopes[NO_EQUATION, ""] += taken
            continue
        leaves = [each for each in origins if not graph.node(each).calls] or list(origins)
        for each, part in _shared_out(taken, leaves, weight):
            shares[each] += part
            node = graph.node(each)
            if _is_shared(graph, graph.home_of(node).id) and instruction.origin.frames:
                # traced once and called from several lines: the instruction knows from which
                origin, backward = instruction.origin, instruction.origin.backward
                scope = origin.scope
            else:
                origin, backward = node.origin, is_backward(graph, node)
                scope = graph.scope_of(node)
            lines[_innermost(origin)] += part
            scopes[scope, BACKWARD if backward else FORWARD] += part
    by_line = _most_first(_whole_lines(lines))
    return Attribution(graph, dict(shares), rest, by_line, _most_first(scopes))


def _origins_of(node_id: str, lineage: Lineage) -> tuple[str, ...]:
    """The equations that an instruction comes from, for certain or else by inference."""
    return lineage.back(node_id, TAGGED, FUSED, MERGED) or lineage.back(node_id, INFERRED)


def _weights_of(graph: Graph) -> Callable[[str], float]:
    """What a simple model says each node takes in a run of the program, to compare them by."""
    flops, moved, times = flops_of(graph), bytes_of(graph), executions_of(graph)

    def weight(node_id: str) -> float:
        work = max((flops.number(node_id) or 0) / _FLOPS_PER_BYTE, moved.number(node_id) or 0)
        return work * times.get(graph.home_of(node_id).id, 1.0)

    return weight


def _in_parts(
    seconds: Mapping[str, float], covering: Mapping[str, Sequence[str]], graph: Graph
) -> Iterator[tuple[str, float]]:
    """Seconds by instruction, with what was measured in one piece shared out by the model."""
    weight = _weights_of(graph) if covering else None
    for node_id, taken in seconds.items():
        if weight is not None and covering.get(node_id):
            yield from _shared_out(taken, covering[node_id], weight)
        else:
            yield node_id, taken


def _shared_out(
    taken: float, nodes: Sequence[str], weight: Callable[[str], float]
) -> Iterator[tuple[str, float]]:
    weights = [weight(each) for each in nodes]
    total = sum(weights)
    for each, share in zip(nodes, weights, strict=True):
        yield each, taken * (share / total if total else 1 / len(nodes))


def _is_shared(graph: Graph, region_id: str) -> bool:
    """Whether a region, or one round it, is called in more than one place."""
    callers = graph.callers_of(region_id)
    return len(callers) > 1 or (
        len(callers) == 1 and _is_shared(graph, graph.home_of(callers[0]).id)
    )


def is_backward(graph: Graph, node: Node) -> bool:
    """Whether a node, or one that calls its region, was made by a transpose."""
    if node.origin.backward:
        return True
    callers = graph.callers_of(graph.home_of(node))
    return bool(callers) and is_backward(graph, callers[0])


def _innermost(origin: Origin) -> Frame | None:
    return origin.frames[0] if origin.frames else None


def _whole_lines(found: Mapping[Frame | None, float]) -> Mapping[Frame | None, float]:
    """The sums of whole lines, from those of the expressions on them."""
    sums: defaultdict[Frame | None, float] = defaultdict(float)
    for frame, taken in found.items():
        line = frame and replace(frame, column=0, end_line=frame.line, end_column=0)
        sums[line] += taken
    return sums


def _most_first(found: Mapping[_Key, float]) -> dict[_Key, float]:
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _trips(graph: Graph, node: Node) -> dict[str, float]:
    """How often each region that a node calls runs in one run of the node, as far as is known."""
    found: dict[str, float] = {}
    for role, region_id in node.calls:
        if region_id in graph.regions:
            trips = trip_count(graph, node, node.op.replace("-", "_")) or 1.0
            often = trips + 1 if role.startswith("cond") and node.op == "while" else trips
            found[region_id] = found.get(region_id, 0.0) + often
    return found


def executions_of(graph: Graph) -> Mapping[str, float]:
    """How often each region runs in one run of the program, as far as is known; else once."""
    return graph.derived(_count_executions)


def _count_executions(graph: Graph) -> dict[str, float]:
    found: dict[str, float] = {graph.entry: 1.0}

    def times(region_id: str) -> float:
        if region_id not in found:
            found[region_id] = 0.0
            found[region_id] = sum(
                times(graph.home_of(caller).id) * _trips(graph, caller)[region_id]
                for caller in graph.callers_of(region_id)
            )
        return found[region_id]

    for region_id in graph.regions:
        times(region_id)
    return found
