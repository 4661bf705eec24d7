"""How often a node runs the regions that it calls, where the program says so."""

# Params are whatever a program has: each rule looks for what it knows.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, prod
from typing import NamedTuple

from jaxlab.graph import Graph, Node, Region, Value

_LENGTHS = {"scan": "length", "repeat": "length", "program": "calls"}
"""Ops that say how often they run, and the param that does."""

_LOOPS = ("scan", "while")

_SENSES = {"lt": (1, 0), "le": (1, 1), "gt": (-1, 0), "ge": (-1, 1)}
"""Comparisons: whether one counts up, and whether the limit itself is a round too."""


def trip_count(graph: Graph, node: Node, op: str) -> float | None:
    """How often a node runs its body; 1 for a call, and for a loop whose count is not known.

    None for a kernel whose grid is not known: its body says nothing then.

    Args:
      graph: where the node is from.
      node: a loop, a kernel, a call.
      op: the node's op, with `_` for `-`.
    """
    if op in _LENGTHS:
        length = node.params.get(_LENGTHS[op])
        return float(length) if isinstance(length, int) else 1.0
    if op == "while":
        found = _loop_trips(graph, node)
        return 1.0 if found is None else found
    if op == "pallas_call":
        grid = getattr(node.params.get("grid_mapping"), "grid", None)
        if not isinstance(grid, tuple):
            return None
        sizes: tuple[object, ...] = grid
        known_sizes = [size for size in sizes if isinstance(size, int)]
        return float(prod(known_sizes)) if len(known_sizes) == len(sizes) else None
    return 1.0


def known_trip_count(node: Node) -> float | None:
    """What XLA wrote at an HLO loop: `{"known_trip_count": {"n": "5"}}`."""
    config = node.params.get("backend_config")
    known = config.get("known_trip_count") if isinstance(config, Mapping) else None
    count = known.get("n") if isinstance(known, Mapping) else None
    return float(str(count)) if str(count).isdigit() else None


def loop_trips(graph: Graph) -> dict[str, int]:
    """How often the loops of a program run, by node id; without those of which it isn't known."""
    found = ((node.id, _loop_trips(graph, node)) for node in graph.nodes() if node.op in _LOOPS)
    return {node_id: int(trips) for node_id, trips in found if trips is not None}


def _loop_trips(graph: Graph, node: Node) -> float | None:
    if node.op == "while":
        found = known_trip_count(node)
        return _counted(graph, node) if found is None else found
    length = node.params.get(_LENGTHS[node.op])
    return float(length) if isinstance(length, int) else None


def _counted(graph: Graph, node: Node) -> float | None:
    """The count of a loop that counts up or down by a constant, between two constants.

    cond: `i < limit`; body: `i + step`; before the loop: `i = start`. A jaxpr's `while` as much
    as StableHLO's, which a lowered `scan` becomes.
    """
    loop = _loop_of(graph, node)
    if loop is None:
        return None
    compare = _maker(graph, loop.cond.outputs[0])
    if compare is None or len(compare.inputs) != 2:
        return None
    sense = str(compare.params.get("comparison_direction", compare.op)).lower()
    place = loop.carried_in_cond(compare.inputs[0])
    if place is None or sense not in _SENSES:
        return None
    start, limit = loop.before(place), loop.limit(compare.inputs[1])
    step = _step(loop, place)
    if start is None or limit is None or step is None:
        return None
    up, inclusive = _SENSES[sense]
    if step * up <= 0 or (up < 0 and compare.inputs[0].type.dtype.startswith("u")):
        return None  # it ends by an overflow, or not at all
    return float(max(0, ceil(((limit - start) * up + inclusive) / abs(step))))


class _Loop(NamedTuple):
    """A loop's regions. Before what is carried, each may take values of its own."""

    graph: Graph
    node: Node
    cond: Region
    body: Region
    own_of_cond: int
    own_of_body: int

    def carried_in_cond(self, value: Value) -> int | None:
        return _place(self.cond, value, self.own_of_cond)

    def carried_in_body(self, value: Value) -> int | None:
        return _place(self.body, value, self.own_of_body)

    def before(self, place: int) -> int | None:
        """What the loop begins with there, if it is a constant."""
        return _constant(self.graph, self.node.inputs[self.own_of_cond + self.own_of_body + place])

    def limit(self, value: Value) -> int | None:
        """A constant, or what is carried along unchanged or taken in, and is one outside."""
        place = self.carried_in_cond(value)
        if place is not None:
            stays = self.carried_in_body(self.body.outputs[place]) == place
            return self.before(place) if stays else None
        own = _place(self.cond, value)
        return _constant(self.graph, value if own is None else self.node.inputs[own])


def _loop_of(graph: Graph, node: Node) -> _Loop | None:
    regions = {role.removesuffix("_jaxpr"): graph.regions.get(name) for role, name in node.calls}
    cond, body = regions.get("cond"), regions.get("body")
    own = [node.params.get(f"{role}_nconsts", 0) for role in ("cond", "body")]
    if cond is None or body is None or len(cond.outputs) != 1:
        return None
    if not isinstance(own[0], int) or not isinstance(own[1], int):
        return None
    carried = len(node.inputs) - own[0] - own[1]
    if not carried == len(body.outputs) == len(cond.inputs) - own[0] == len(body.inputs) - own[1]:
        return None
    return _Loop(graph, node, cond, body, own[0], own[1])


def _step(loop: _Loop, place: int) -> int | None:
    made = _maker(loop.graph, loop.body.outputs[place])
    if made is None or made.op not in ("add", "sub", "subtract"):
        return None
    if loop.carried_in_body(made.inputs[0]) != place:
        return None
    step = _constant(loop.graph, made.inputs[1])
    return -step if step is not None and made.op != "add" else step


def _place(region: Region, value: Value, own: int = 0) -> int | None:
    """Which of a region's inputs it is, counted from those that come after its own."""
    ids = [inner.id for inner in region.inputs]
    place = ids.index(value.id) - own if value.id in ids else -1
    return place if place >= 0 else None


def _maker(graph: Graph, value: Value) -> Node | None:
    return graph.node(value.node_id) if value.node_id else None


def _constant(graph: Graph, value: Value) -> int | None:
    if value.role == "literal":
        text = value.literal
    else:
        maker = _maker(graph, value)
        text = str(maker.params.get("value")) if maker and maker.op == "constant" else ""
    return int(text) if text.removeprefix("-").isdigit() else None
