"""Which nodes do the same work: one number for all that are built alike, names and ids aside.

Computed from the inside out, each region once: a region's shape is what its nodes do and how
they are wired to each other; a node's is its op, types and params, and the shapes of what it
calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from typing import cast

from jaxlab.graph import Graph, Node, RegionRef
from jaxlab.readers.lazy_params import LazyParams
from jaxlab.views.columns import Columns, columns_of
from jaxlab.views.flow import callees_first

# Names, numbers and places: they tell nodes apart that do the same work.
_NAMES = frozenset(
    {
        *("name", "scope", "part", "direction", "op_name", "metadata", "location"),
        *("id", "unique_id", "channel_id", "schedule_index", "parameter_number"),
    }
)
_SCALARS = (str, int, float, bool, type(None))


def kin_of(graph: Graph, columns: Columns, param_sets: Sequence[int]) -> list[int]:
    """A number for each node: equal for nodes that do the same work, 0 where there is no other.

    Nodes are alike that have the same op, transforms, types and params (names and ids aside)
    and call regions which are alike node by node, wired in the same way. Whole-number literals
    may differ: a block's own number, an index.

    Args:
      graph: any program.
      columns: its columns.
      param_sets: a number for each node's params, equal only where these are but for names.
    """
    found = _numbered(graph, columns, param_sets)
    counts = Counter(found)
    names: dict[int, int] = {}
    return [names.setdefault(one, len(names) + 1) if counts[one] > 1 else 0 for one in found]


def work_of(graph: Graph) -> Mapping[str, int]:
    """By node id, a number that is equal for nodes that do the same work; see `kin_of`."""
    return graph.derived(_by_id)


def _by_id(graph: Graph) -> Mapping[str, int]:
    columns = columns_of(graph)
    found = _numbered(graph, columns, [id(_params_of(node)) for node in columns.nodes])
    return {node.id: number for node, number in zip(columns.nodes, found, strict=True)}


def _numbered(graph: Graph, columns: Columns, param_sets: Sequence[int]) -> list[int]:
    kinship = _Kinship(columns, param_sets)
    for region_id in callees_first(graph):
        kinship.add(region_id)
    return kinship.node


class _Kinship:
    """Numbers for nodes and regions by what they do; callees are added before their callers."""

    def __init__(self, columns: Columns, param_sets: Sequence[int]) -> None:
        self.node = [0] * len(columns.nodes)
        self._columns = columns
        self._read = [columns.type[value] for value in columns.operands]
        self._place = {region.id: place for place, region in enumerate(columns.regions)}
        self._numbers: dict[Hashable, int] = {}
        one_of = dict(zip(param_sets, columns.nodes, strict=True))
        forms = {key: self._number(_form(node.params)) for key, node in one_of.items()}
        self._params = [forms[key] for key in param_sets]
        self._shapes: dict[str, int] = {}
        self._captured: dict[str, list[int]] = {}

    def add(self, region_id: str) -> None:
        """Number a region and its nodes."""
        columns = self._columns
        place = self._place[region_id]
        start, end = columns.first_node[place], columns.first_node[place + 1]
        self.node[start:end] = self._works(start, end)
        wires = _Wires(columns, place)
        read = wires.of(columns.operands[columns.operand[start] : columns.operand[end]])
        if self._captured:
            for node in columns.nodes[start:end]:
                for _, called in node.calls:
                    read += wires.of(self._captured.get(called, ()))
        first = columns.first_value[place]
        inputs = columns.type[first : first + len(columns.regions[place].inputs)]
        back = wires.of(columns.outputs[place])
        shape = (tuple(inputs), tuple(self.node[start:end]), tuple(read), tuple(back))
        self._shapes[region_id] = self._number(shape)
        if wires.captured:
            self._captured[region_id] = list(wires.captured)

    def _works(self, start: int, end: int) -> Iterator[int]:
        """A number for what each of some nodes does."""
        columns, types, read, numbers = self._columns, self._columns.type, self._read, self._numbers
        for at in range(start, end):
            node, made = columns.nodes[at], columns.result[at]
            shape = (
                node.op,
                node.origin.transforms,
                self._params[at],
                tuple(read[columns.operand[at] : columns.operand[at + 1]]),
                tuple(types[made : made + len(node.outputs)]),
                tuple([(role, self._shapes.get(called, called)) for role, called in node.calls])
                if node.calls
                else (),
            )
            yield numbers.setdefault(shape, len(numbers) + 1)

    def _number(self, shape: Hashable) -> int:
        return self._numbers.setdefault(shape, len(self._numbers) + 1)


def _params_of(node: Node) -> Mapping[str, object]:
    """A node's params, or those it shares with others where its own are names and calls only."""
    params = node.params
    if type(params) is not LazyParams:
        return params
    own = params.own
    names = _NAMES if not node.calls else _NAMES.union(role for role, _ in node.calls)
    return params.shared if names.issuperset(own) else params


class _Wires:
    """Where a region's operands come from, in words that are the same for regions alike."""

    def __init__(self, columns: Columns, place: int) -> None:
        self.captured: dict[int, int] = {}
        self._values = columns.values
        self._start = columns.first_value[place]
        self._end = columns.first_value[place + 1]

    def of(self, places: Sequence[int]) -> list[Hashable]:
        """A value's number in the region; a literal's text; a number below 0 from around it."""
        start, end = self._start, self._end
        return [
            place - start if start <= place < end else self._from_outside(place) for place in places
        ]

    def _from_outside(self, place: int) -> Hashable:
        value = self._values[place]
        if value.role == "literal":
            return "" if _is_whole(value.literal) else f"={value.literal}"
        return -1 - self.captured.setdefault(place, len(self.captured))


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
    if isinstance(value, (set, frozenset)):
        return frozenset([_form(item) for item in cast("Set[object]", value)])
    if callable(value):  # rules and thunks: a new object for each equation
        return type(value)
    try:
        hash(value)
    except Exception:  # an array; or a __hash__ that may be anybody's
        return id(value)
    return value


def _form_of(key: str, value: object) -> Hashable:
    if key == "value" and isinstance(value, str) and _is_whole(value):
        return "whole"
    return _form(value)


def _is_whole(text: str) -> bool:
    """True for a whole number's text."""
    return text.isascii() and text.strip("{}").lstrip("-").isdigit()
