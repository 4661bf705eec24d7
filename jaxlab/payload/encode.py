"""Graph, overlays and sources -> payload; the format is described in this package's docstring."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

from jaxlab.graph import ArrayType, Graph, Value
from jaxlab.origin import Frame, FrameStack, Source
from jaxlab.overlay import Overlay
from jaxlab.payload.constants import to_json

FORMAT, VERSION = "jaxlab.graph", 1

_Item = TypeVar("_Item", bound=Hashable)


def encode(
    graph: Graph, overlays: Sequence[Overlay] = (), sources: Sequence[Source] = ()
) -> dict[str, Any]:
    """A graph with what lies over it, as a dict that `json.dumps` takes and `decode` reads.

    Frames that have not been read yet are read. Params become JSON as the format says; nothing
    else is lost.
    """
    tables = _Tables()
    node_places = {node.id: place for place, node in enumerate(graph.nodes())}
    region_places = {region_id: place for place, region_id in enumerate(graph.regions)}
    values = _Values(graph)
    payload: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "stage": graph.stage,
        "name": graph.name,
        "entry": region_places[graph.entry],
        "facts": tables.params(graph.facts),
        "regions": _regions(graph, tables, values),
        "nodes": _nodes(graph, tables, values, node_places, region_places),
        "values": _value_columns(values, tables, node_places, region_places),
        "overlays": [_overlay(overlay, node_places) for overlay in overlays],
        "sources": [
            {
                "file": source.file,
                "text": source.text,
                "title": source.title,
                "cell_id": source.cell_id,
                "line_offset": source.line_offset,
            }
            for source in sources
        ],
    }
    return payload | tables.columns()


class _Places(dict[_Item, int]):
    """Distinct things, each at the place where it was first asked for: `places[thing]`."""

    def __missing__(self, item: _Item) -> int:
        self[item] = place = len(self)
        return place


class _Tables:
    """The lists that columns refer to."""

    def __init__(self) -> None:
        self.text: _Places[str] = _Places()
        self.path: _Places[tuple[str, ...]] = _Places()
        self._types: _Places[ArrayType] = _Places()
        self._type_at: dict[int, int] = {}
        self._params: _Places[tuple[int, ...]] = _Places()
        self._constants: _Places[tuple[str, str]] = _Places()
        self._constant_list: list[Any] = []
        self._frames: _Places[Frame] = _Places()
        self._stacks: _Places[tuple[Frame, ...]] = _Places()
        self._stack_at: dict[int, int] = {}

    def type(self, kind: ArrayType) -> int:
        # By identity first: most types are shared, and hashing one takes a microsecond.
        found = self._type_at.get(id(kind))
        if found is None:
            for element in kind.elements:
                self.type(element)
            found = self._type_at[id(kind)] = self._types[kind]
        return found

    def params(self, params: Any) -> int:
        pairs = ((self.text[key], self._constant(value)) for key, value in params.items())
        return self._params[tuple(place for pair in pairs for place in pair)]

    def stack(self, stack: FrameStack) -> int:
        found = self._stack_at.get(id(stack))
        if found is None:
            found = self._stack_at[id(stack)] = self._stacks[stack.frames]
        return found

    def _constant(self, value: object) -> int:
        written = to_json(value)
        key = (type(written).__name__, repr(written))
        place = self._constants[key]
        if place == len(self._constant_list):
            self._constant_list.append(written)
        return place

    def columns(self) -> dict[str, Any]:
        """All tables; what they refer to in turn is met here, the texts last."""
        stacks = [[self._frames[frame] for frame in stack] for stack in self._stacks]
        frames = list(self._frames)
        kinds = list(self._types)
        found: dict[str, Any] = {
            "types": {
                "dtype": [self.text[kind.dtype] for kind in kinds],
                "shape": [list(kind.shape) for kind in kinds],
                "kind": [self.text[kind.kind] for kind in kinds],
                "weak": [int(kind.weak) for kind in kinds],
                "layout": [self.text[kind.layout] for kind in kinds],
                "memory_space": [self.text[kind.memory_space] for kind in kinds],
                "sharding": [self.text[kind.sharding] for kind in kinds],
                "elements": [[self._types[part] for part in kind.elements] for kind in kinds],
            },
            "frames": {
                "file": [self.text[frame.file] for frame in frames],
                "function": [self.text[frame.function] for frame in frames],
                "line": [frame.line for frame in frames],
                "column": [frame.column for frame in frames],
                "end_line": [frame.end_line for frame in frames],
                "end_column": [frame.end_column for frame in frames],
            },
            "stacks": stacks,
            "params": [list(pairs) for pairs in self._params],
            "constants": self._constant_list,
            "paths": [[self.text[text] for text in path] for path in self.path],
        }
        return found | {"strings": list(self.text)}


class _Values:
    """All values of a graph in the order of the format, and where each one stands."""

    def __init__(self, graph: Graph) -> None:
        self.all: list[Value] = []
        self.usual_ids: list[str] = []
        for region in graph.regions.values():
            self.all.extend(region.inputs)
            self.usual_ids.extend(f"{region.id}<{place}" for place in range(len(region.inputs)))
            for node in region.nodes:
                self.all.extend(node.outputs)
                self.usual_ids.extend(f"{node.id}:{place}" for place in range(len(node.outputs)))
        self.defined = len(self.all)
        self._by_object = {id(value): place for place, value in enumerate(self.all)}
        self._by_id = {value.id: place for place, value in enumerate(self.all)}

    def place(self, value: Value) -> int:
        """By identity, else by equality: an edge is the very object, but need not be."""
        place = self._by_object.get(id(value))
        if place is None:
            place = self._by_id.get(value.id)
            if place is None or self.all[place] != value:
                place = len(self.all)
                self.all.append(value)
                self._by_id.setdefault(value.id, place)
            self._by_object[id(value)] = place
        return place


def _regions(graph: Graph, tables: _Tables, values: _Values) -> dict[str, Any]:
    regions = graph.regions.values()
    return {
        "id": [tables.text[region.id] for region in regions],
        "name": [tables.text[region.name] for region in regions],
        "inputs": [len(region.inputs) for region in regions],
        "nodes": [len(region.nodes) for region in regions],
        "outputs": [[values.place(value) for value in region.outputs] for region in regions],
    }


def _nodes(
    graph: Graph,
    tables: _Tables,
    values: _Values,
    node_places: dict[str, int],
    region_places: dict[str, int],
) -> dict[str, Any]:
    nodes = list(graph.nodes())
    ids = [_split_id(node.id) for node in nodes]
    return {
        "stem": [tables.text[stem] for stem, _ in ids],
        "number": [number for _, number in ids],
        "op": [tables.text[node.op] for node in nodes],
        "inputs": [len(node.inputs) for node in nodes],
        "outputs": [len(node.outputs) for node in nodes],
        "operands": list(_operands(graph, values)),
        "params": [tables.params(node.params) for node in nodes],
        "scopes": [tables.path[node.origin.scopes] for node in nodes],
        "transforms": [tables.path[node.origin.transforms] for node in nodes],
        "tags": [tables.path[node.origin.tags] for node in nodes],
        "effects": [tables.path[node.effects] for node in nodes],
        "stack": [tables.stack(node.origin.stack) for node in nodes],
        "calls": [
            place
            for at, node in enumerate(nodes)
            for role, region_id in node.calls
            for place in (at, tables.text[role], region_places[region_id])
        ],
        "after": [
            place
            for at, node in enumerate(nodes)
            for other in node.after
            for place in (at, node_places[other])
        ],
    }


def _operands(graph: Graph, values: _Values) -> Iterable[int]:
    first = 0
    for region in graph.regions.values():
        first += len(region.inputs)
        for node in region.nodes:
            for value in node.inputs:
                yield first - values.place(value)
            first += len(node.outputs)


def _split_id(node_id: str) -> tuple[str, int]:
    stem, slash, number = node_id.rpartition("/")
    usual = slash and number.isdecimal() and number.isascii() and str(int(number)) == number
    return (stem, int(number)) if usual else (node_id, -1)


def _value_columns(
    values: _Values, tables: _Tables, nodes: dict[str, int], regions: dict[str, int]
) -> dict[str, Any]:
    unusual = [
        (place, tables.text[value.id])
        for place, (value, usual) in enumerate(zip(values.all, values.usual_ids, strict=False))
        if value.id != usual
    ]
    owners = [_owner(value.id, tables, nodes, regions) for value in values.all[values.defined :]]
    return {
        "type": [tables.type(value.type) for value in values.all],
        "name": [tables.text[value.name] for value in values.all],
        "role": [tables.text[value.role] for value in values.all],
        "literal": [tables.text[value.literal] for value in values.all],
        "ids": [number for pair in unusual for number in pair],
        "owner": [owner for owner, _ in owners],
        "number": [number for _, number in owners],
    }


def _owner(
    value_id: str, tables: _Tables, nodes: dict[str, int], regions: dict[str, int]
) -> tuple[int | None, int]:
    stem, _, number = value_id.rpartition("=")
    if number.isascii() and number.isdecimal() and str(int(number)) == number:
        if stem in nodes:
            return nodes[stem], int(number)
        if stem in regions:
            return -1 - regions[stem], int(number)
    return None, tables.text[value_id]


def _overlay(overlay: Overlay, node_places: dict[str, int]) -> dict[str, Any]:
    known = sorted(
        (node_places[node_id], value)
        for node_id, value in overlay.values.items()
        if node_id in node_places
    )
    places = [place for place, _ in known]
    return {
        "name": overlay.name,
        "unit": overlay.unit,
        "source": overlay.source,
        "nodes": [place - before for before, place in zip([0, *places], places, strict=False)],
        "values": [_cell(value) for _, value in known],
        "others": [
            [node_id, _cell(value)]
            for node_id, value in overlay.values.items()
            if node_id not in node_places
        ],
    }


def _cell(value: float | str) -> Any:
    return value if isinstance(value, str) else to_json(value)
