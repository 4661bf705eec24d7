"""Runs of siblings that are built alike: twelve blocks in a row are one block, twelve times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from jaxlab.graph import Graph, Node, RegionRef, Value

# Names, numbers and places: they tell nodes apart that do the same work.
_NAMES = frozenset(
    {
        *("name", "scope", "part", "direction", "op_name", "metadata", "location"),
        *("id", "unique_id", "channel_id", "schedule_index", "parameter_number"),
    }
)
_SCALARS = (str, int, float, bool, type(None))

Run = tuple[Node, ...]


def runs_of(graph: Graph, nodes: Sequence[Node]) -> list[Run]:
    """Cut siblings into runs of neighbours that are alike, most of them runs of one.

    Alike are nodes with the same op, types and params (names and ids aside) that call regions
    which are alike node by node, wired in the same way. Whole-number literals may differ.
    """
    runs: list[Run] = []
    current: list[Node] = []
    for node in nodes:
        if current and not alike(graph, current[0], node):
            runs.append(tuple(current))
            current = []
        current.append(node)
    if current:
        runs.append(tuple(current))
    return runs


def alike(graph: Graph, left: Node, right: Node) -> bool:
    """True if two nodes do the same work on values of the same types."""
    return _alike_node(graph, left, right, {})


def _alike_node(graph: Graph, left: Node, right: Node, wires: dict[str, str]) -> bool:
    return (
        left.op == right.op
        and left.origin.transforms == right.origin.transforms
        and len(left.calls) == len(right.calls)
        and _same_types(left.outputs, right.outputs)
        and _same_types(left.inputs, right.inputs)
        and _same_params(left.params, right.params)
        and all(
            role == other_role and _alike_region(graph, region_id, other_id, wires)
            for (role, region_id), (other_role, other_id) in zip(
                left.calls, right.calls, strict=True
            )
        )
    )


def _alike_region(graph: Graph, left_id: str, right_id: str, around: dict[str, str]) -> bool:
    if left_id == right_id:
        return True
    left, right = graph.regions[left_id], graph.regions[right_id]
    if len(left.nodes) != len(right.nodes) or not _same_types(left.inputs, right.inputs):
        return False
    wires = dict(around)
    _tie(wires, left.inputs, right.inputs)
    for node, other in zip(left.nodes, right.nodes, strict=True):
        if not (
            _same_wires(wires, node.inputs, other.inputs) and _alike_node(graph, node, other, wires)
        ):
            return False
        _tie(wires, node.outputs, other.outputs)
    return _same_wires(wires, left.outputs, right.outputs)


def _tie(wires: dict[str, str], left: Sequence[Value], right: Sequence[Value]) -> None:
    wires.update((a.id, b.id) for a, b in zip(left, right, strict=True))


def _same_wires(wires: dict[str, str], left: Sequence[Value], right: Sequence[Value]) -> bool:
    """Operands made inside must be each other's counterparts; those from around may differ."""
    return len(left) == len(right) and all(
        _same_literal(a, b) if a.role == "literal" else wires.get(a.id, b.id) == b.id
        for a, b in zip(left, right, strict=True)
    )


def _same_literal(left: Value, right: Value) -> bool:
    """Whole numbers may differ: a block's own number, the index that it draws a key with."""
    return left.role == right.role and (
        left.literal == right.literal or (_is_whole(left.literal) and _is_whole(right.literal))
    )


def _is_whole(text: str) -> bool:
    return text.isascii() and text.strip("{}").lstrip("-").isdigit()


def _same_types(left: Sequence[Value], right: Sequence[Value]) -> bool:
    return len(left) == len(right) and all(
        a.type is b.type or a.type == b.type for a, b in zip(left, right, strict=True)
    )


def _same_param(key: str, left: object, right: object) -> bool:
    if key == "value" and isinstance(left, str) and isinstance(right, str):
        return left == right or (_is_whole(left) and _is_whole(right))
    return _same_params(left, right)


def _same_params(left: object, right: object) -> bool:
    if left is right:
        return True
    if isinstance(left, _SCALARS) or isinstance(right, _SCALARS):
        return type(left) is type(right) and left == right
    if isinstance(left, RegionRef) or isinstance(right, RegionRef):
        return type(left) is type(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        ours = cast("Mapping[str, object]", left)
        theirs = cast("Mapping[str, object]", right)
        return ours.keys() == theirs.keys() and all(
            key in _NAMES or _same_param(key, value, theirs[key]) for key, value in ours.items()
        )
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        mine, other = cast("Sequence[object]", left), cast("Sequence[object]", right)
        return len(mine) == len(other) and all(map(_same_params, mine, other))
    return _equal(cast("object", left), right)


def _equal(left: object, right: object) -> bool:
    if callable(left) or callable(right):  # rules and thunks: a new object for each equation
        return type(left) is type(right)
    try:
        return bool(left == right)
    except (TypeError, ValueError):  # arrays: equality is not one answer
        return False
