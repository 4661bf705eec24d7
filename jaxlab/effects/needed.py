"""Which equations of a program run: a compiled program leaves out those that nobody reads.

JAX and XLA drop an equation whose results are not read, unless it has an effect. They look into
calls, loops and branches, and so does this. `pure_callback` has no effect that JAX knows of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from jaxlab.analyses.flow import arguments_of, inlined_region
from jaxlab.graph import Graph, Node, Region

Places = frozenset[int]
"""Positions of values among a region's inputs or results."""


class Needed(NamedTuple):
    """What is needed of a region, given which of its results are read.

    Attributes:
      results: by the id of each equation that runs, which of its results are read.
      inputs: the positions of the arguments that are read.
    """

    results: dict[str, Places]
    inputs: Places


@dataclass(eq=False)
class Needs:
    """What is needed of the regions of one graph; asked for and remembered region by region."""

    graph: Graph
    _known: dict[tuple[str, Places], Needed] = field(
        default_factory=dict[tuple[str, Places], Needed]
    )

    def of(self, region: Region, read: Places) -> Needed:
        """What is needed of a region of which some results are read."""
        key = region.id, read
        if key not in self._known:
            self._known[key] = Needed({}, frozenset())  # a region that calls itself ends here
            self._known[key] = self._find(region, read)
        return self._known[key]

    def of_calls(self, node: Node, read: Places) -> Iterator[tuple[str, Region, Places]]:
        """Each region that a node calls: its role, and which results of it are read."""
        regions = [(role, self.graph.regions[name]) for role, name in node.calls]
        for role, region in regions:
            yield role, region, self._read_inside(node, role, region, read)

    def _find(self, region: Region, read: Places) -> Needed:
        wanted = {region.outputs[place].id for place in read}
        results: dict[str, Places] = {}
        for node in reversed(region.nodes):
            outs = _places(value.id in wanted for value in node.outputs)
            if outs or has_effect(node):
                results[node.id] = outs
                inputs = self._inputs(node, outs)
                wanted |= {node.inputs[place].id for place in inputs}
        return Needed(results, _places(each.id in wanted for each in arguments_of(region)))

    def _inputs(self, node: Node, read: Places) -> Places:
        """Which operands a node reads for some of its results."""
        everything = frozenset(range(len(node.inputs)))
        if not node.calls:
            return everything
        inside = [
            (role, region, self.of(region, places).inputs)
            for role, region, places in self.of_calls(node, read)
        ]
        if inlined_region(self.graph, node) is not None or node.op == "shard_map":
            return inside[0][2]
        if node.op == "cond":
            return frozenset({0}).union(*({place + 1 for place in each[2]} for each in inside))
        if node.op == "scan":
            carried = carried_by(self.graph, node)
            return inside[0][2] if carried is None else _of_carry(inside[0][2], read, carried)
        return everything

    def _read_inside(self, node: Node, role: str, region: Region, read: Places) -> Places:
        everything = frozenset(range(len(region.outputs)))
        if inlined_region(self.graph, node) is not None or node.op in ("cond", "shard_map"):
            return read
        if node.op == "while" and role.startswith("body"):
            return self._read_of_while(node, region, read)
        carried = carried_by(self.graph, node) if node.op == "scan" else None
        if carried is None:
            return everything
        while True:  # what one round reads of the carry, the round before has to make
            inputs = self.of(region, read).inputs
            before = {place - carried.consts for place in inputs if place in carried.places}
            if before <= read:
                return read
            read = read | before

    def _read_of_while(self, node: Node, body: Region, read: Places) -> Places:
        calls = {role.partition("_")[0]: self.graph.regions[name] for role, name in node.calls}
        own = [node.params.get(f"{role}_nconsts", 0) for role in ("cond", "body")]
        own_of_cond, own_of_body = (count if isinstance(count, int) else 0 for count in own)
        tested = self.of(calls["cond"], frozenset({0})).inputs
        read = read | {place - own_of_cond for place in tested if place >= own_of_cond}
        while True:
            inputs = self.of(body, read).inputs
            before = {place - own_of_body for place in inputs if place >= own_of_body}
            if before <= read:
                return read
            read = read | before


@dataclass(frozen=True, slots=True)
class Carried:
    """A scan's carry: how many constants come before it, and how many values it is."""

    consts: int
    size: int

    @property
    def places(self) -> range:
        """Where the carry is among the body's inputs, and among the scan's."""
        return range(self.consts, self.consts + self.size)


def carried_by(graph: Graph, node: Node) -> Carried | None:
    """A scan's carry, told by the types: what is scanned over or stacked has an axis more.

    JAX 0.10 has counts for it among the params, JAX 0.12 has trees. None for no scan.
    """
    if node.op != "scan" or len(node.calls) != 1:
        return None
    body = graph.regions[node.calls[0][1]]
    inputs = arguments_of(body)
    if len(inputs) != len(node.inputs) or len(body.outputs) != len(node.outputs):
        return None
    scanned = sum(
        len(inner.type.shape) != len(outer.type.shape)
        for inner, outer in zip(inputs, node.inputs, strict=True)
    )
    stacked = sum(
        len(inner.type.shape) != len(outer.type.shape)
        for inner, outer in zip(body.outputs, node.outputs, strict=True)
    )
    count = len(node.outputs) - stacked
    consts = len(node.inputs) - scanned - count
    return Carried(consts, count) if consts >= 0 else None


def has_effect(node: Node) -> bool:
    """Whether a node runs although nobody reads its results. Names of axes are no effects."""
    return any(not effect.startswith("NamedAxis") for effect in node.effects)


def _of_carry(inputs: Places, read: Places, carried: Carried) -> Places:
    return inputs | {carried.consts + place for place in read if place < carried.size}


def _places(flags: Iterator[bool]) -> Places:
    return frozenset(place for place, flag in enumerate(flags) if flag)
