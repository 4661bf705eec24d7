"""What a node, a group or a run of nodes adds to the whole program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from jaxlab.graph import Graph, Node
from jaxlab.overlay import Overlay

SCOPE = "scope"
"""The op of a node that a view made to group others; it is no part of the program."""


def numeric(overlays: Iterable[Overlay]) -> tuple[Overlay, ...]:
    """The overlays that hold amounts, which can be added up, and not labels."""
    return tuple(overlay for overlay in overlays if overlay.unit)


def labelled(overlays: Iterable[Overlay]) -> Overlay | None:
    """The first overlay that says something of nodes in words."""
    return next(
        (
            overlay
            for overlay in overlays
            if not overlay.unit and any(isinstance(cell, str) for cell in overlay.values.values())
        ),
        None,
    )


@dataclass(frozen=True)
class Measures:
    """Counts and overlay values of any part of a graph, each region added up once."""

    graph: Graph
    overlay: Overlay | None = None
    _region_sums: dict[str, float | None] = field(default_factory=dict[str, float | None])
    _contents: dict[str, tuple[int, tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[int, tuple[str, ...]]]
    )

    def value(self, node: Node) -> float | None:
        """A node's value for one execution; a group's is the sum of what it holds."""
        if self.overlay is None:
            return None
        known = self.overlay.number(node.id)
        if known is None and node.op == SCOPE:
            return add(self.region_value(region_id) for _, region_id in node.calls)
        return known

    def region_value(self, region_id: str) -> float | None:
        """The sum over a region's nodes, for one execution; None where nothing is known."""
        if region_id not in self._region_sums:
            self._region_sums[region_id] = None  # a region that calls itself adds nothing
            nodes = self.graph.regions[region_id].nodes
            self._region_sums[region_id] = add(self.value(node) for node in nodes)
        return self._region_sums[region_id]

    @property
    def total(self) -> float:
        """The whole program's value; 0 where nothing is known."""
        return self.region_value(self.graph.entry) or 0.0

    def share(self, node: Node, times: float) -> float | None:
        """The share of the program, 0 to 1, of a node that is executed `times` times."""
        value = self.value(node)
        return None if value is None or not self.total else value * times / self.total

    def times_inside(self, node: Node, times: float) -> float:
        """How often what a node calls is executed, told from the node's value and its parts'.

        A scan's value is its body's, length times over; a cond's is one of its branches'. Where
        the parts add up to more than the node, they are alternatives: each counts once.
        """
        whole = self.value(node)
        parts = add(self.region_value(region_id) for _, region_id in node.calls)
        return times * max(1.0, whole / parts) if whole and parts else times

    def count(self, nodes: Iterable[Node]) -> int:
        """How many equations or instructions stand in these nodes, each region once."""
        total, pending, seen = 0, list[str](), set[str]()
        for node in nodes:
            total += node.op != SCOPE
            pending.extend(region_id for _, region_id in node.calls)
        while pending:
            region_id = pending.pop()
            if region_id in seen or region_id not in self.graph.regions:
                continue
            seen.add(region_id)
            own, called = self._own(region_id)
            total += own
            pending.extend(called)
        return total

    def _own(self, region_id: str) -> tuple[int, tuple[str, ...]]:
        if region_id not in self._contents:
            nodes = self.graph.regions[region_id].nodes
            called = {called_id: None for node in nodes for _, called_id in node.calls}
            self._contents[region_id] = (sum(node.op != SCOPE for node in nodes), tuple(called))
        return self._contents[region_id]


def add(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
