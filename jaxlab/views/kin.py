"""Which nodes do the same work: one number for all that are built alike, names and ids aside.

Computed from the inside out, each region once: a region's shape is what its nodes do and how
they are wired to each other, and a node's is its op, types, params and the shapes of what it
calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import cast

from jaxlab.array_type import ArrayType
from jaxlab.graph import Graph, Node, Region, RegionRef, Value
from jaxlab.views.flow import callees_first

# Names, numbers and places: they tell nodes apart that do the same work.
_NAMES = frozenset(
    {
        *("name", "scope", "part", "direction", "op_name", "metadata", "location"),
        *("id", "unique_id", "channel_id", "schedule_index", "parameter_number"),
    }
)
_SCALARS = (str, int, float, bool, type(None))


def kin_of(graph: Graph) -> list[int]:
    """A number for each node, in reading order: equal for nodes that do the same work.

    0 is a node that is like no other. Nodes are alike that have the same op, transforms, types
    and params (names and ids aside) and call regions which are alike node by node, wired in the
    same way. Whole-number literals may differ: a block's own number, an index.
    """
    kinship = Kinship(graph)
    for region_id in callees_first(graph):
        kinship.add(graph.regions[region_id])
    found = [kinship.of(node) for node in graph.nodes()]
    counts = Counter(found)
    names: dict[int, int] = {}
    return [names.setdefault(one, len(names) + 1) if counts[one] > 1 else 0 for one in found]


class Kinship:
    """Numbers for nodes and regions by what they do, each found once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._numbers: dict[Hashable, int] = {}
        self._types: dict[int, int] = {}
        self._nodes: dict[str, int] = {}
        self._regions: dict[str, tuple[int, tuple[Value, ...]]] = {}

    def of(self, node: Node) -> int:
        """The number of a node's kind of work."""
        found = self._nodes.get(node.id)
        return self._add_node(node) if found is None else found

    def add(self, region: Region) -> None:
        """Number a region and its nodes; the regions that it calls were added before."""
        local: dict[str, int] = {}
        for value in region.inputs:
            local[value.id] = len(local)
        free: dict[str, Value] = {}
        shape: list[object] = [self._types_of(region.inputs)]
        for node in region.nodes:
            shape.append(self.of(node))
            shape.append(self._wires(node.inputs, local, free))
            for _, called in node.calls:
                captured = self._regions[called][1] if called in self._regions else ()
                if captured:
                    shape.append(self._wires(captured, local, free))
            for value in node.outputs:
                local[value.id] = len(local)
        shape.append(self._wires(region.outputs, local, free))
        self._regions[region.id] = self._number(tuple(shape)), tuple(free.values())

    def _add_node(self, node: Node) -> int:
        calls = tuple(
            [
                (role, self._regions[called][0] if called in self._regions else called)
                for role, called in node.calls
            ]
        )
        made = self._number(
            (
                node.op,
                node.origin.transforms,
                self._types_of(node.outputs),
                self._types_of(node.inputs),
                self._params(node.params),
                calls,
            )
        )
        self._nodes[node.id] = made
        return made

    def _number(self, shape: Hashable) -> int:
        return self._numbers.setdefault(shape, len(self._numbers) + 1)

    def _types_of(self, values: Sequence[Value]) -> tuple[int, ...]:
        return tuple([self._type(value.type) for value in values])

    def _type(self, kind: ArrayType) -> int:
        found = self._types.get(id(kind))
        if found is None:
            found = self._types[id(kind)] = self._number(kind)
        return found

    def _wires(
        self, values: Sequence[Value], local: dict[str, int], free: dict[str, Value]
    ) -> tuple[Hashable, ...]:
        """Where operands come from: a place in the region, a literal, or around it."""
        found: list[Hashable] = []
        for value in values:
            place = local.get(value.id)
            if place is not None:
                found.append(place)
            elif value.role == "literal":
                found.append("whole" if _is_whole(value.literal) else f"={value.literal}")
            else:
                free.setdefault(value.id, value)
                found.append(-1 - list(free).index(value.id))
        return tuple(found)

    def _params(self, params: Mapping[str, object]) -> Hashable:
        form = _form(params)
        try:
            return self._number(form)
        except Exception:  # what a param's own __hash__ or __eq__ does may be anybody's
            return object()


def _form(value: object) -> Hashable:
    """A param in a form that is equal for params that ask for the same work."""
    if isinstance(value, _SCALARS):
        return type(value), value
    if isinstance(value, RegionRef):
        return RegionRef
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return frozenset([(key, _form_of(key, item)) for key, item in pairs if key not in _NAMES])
    if isinstance(value, (tuple, list)):
        return tuple([_form(item) for item in cast("Sequence[object]", value)])
    if callable(value):  # rules and thunks: a new object for each equation
        return type(value)
    return cast("Hashable", value)


def _form_of(key: str, value: object) -> Hashable:
    return (
        "whole" if key == "value" and isinstance(value, str) and _is_whole(value) else _form(value)
    )


def _is_whole(text: str) -> bool:
    return text.isascii() and text.strip("{}").lstrip("-").isdigit()
