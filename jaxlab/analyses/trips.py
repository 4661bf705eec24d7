"""How often a node runs the regions that it calls, where the program says so."""

# Params are whatever a program has: each rule looks for what it knows.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, prod

from jaxlab.graph import Graph, Node, Region, Value

_LENGTHS = {"scan": "length", "repeat": "length", "program": "calls"}
"""Ops that say how often they run, and the param that does."""


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
        found = known_trip_count(node)
        found = _counted(graph, node) if found is None else found
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


def _counted(graph: Graph, node: Node) -> float | None:
    """The count of a StableHLO loop that counts up by a constant, as a lowered `scan` does.

    cond: `i < limit`; body: `i + step`; before the loop: `i = start`.
    """
    regions = {role: graph.regions.get(region_id) for role, region_id in node.calls}
    cond, body = regions.get("cond"), regions.get("body")
    if cond is None or body is None or len(cond.outputs) != 1:
        return None
    compare = _maker(graph, cond.outputs[0])
    if compare is None or compare.op != "compare":
        return None
    if compare.params.get("comparison_direction") != "LT":
        return None
    place = _place(cond, compare.inputs[0])
    if place is None or place >= min(len(node.inputs), len(body.outputs)):
        return None
    start, limit = _constant(graph, node.inputs[place]), _constant(graph, compare.inputs[1])
    step = _step(graph, body, place)
    if start is None or limit is None or not step or step < 0:
        return None
    return float(max(0, ceil((limit - start) / step)))


def _step(graph: Graph, body: Region, place: int) -> int | None:
    add = _maker(graph, body.outputs[place])
    if add is None or add.op != "add" or _place(body, add.inputs[0]) != place:
        return None
    return _constant(graph, add.inputs[1])


def _place(region: Region, value: Value) -> int | None:
    ids = [inner.id for inner in region.inputs]
    return ids.index(value.id) if value.id in ids else None


def _maker(graph: Graph, value: Value) -> Node | None:
    return graph.node(value.node_id) if value.node_id else None


def _constant(graph: Graph, value: Value) -> int | None:
    maker = _maker(graph, value)
    text = str(maker.params.get("value")) if maker is not None and maker.op == "constant" else ""
    return int(text) if text.removeprefix("-").isdigit() else None
