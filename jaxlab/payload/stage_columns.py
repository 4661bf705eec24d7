"""Stage -> columns; the format is described in this package's docstring and in the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jaxlab.graph import Graph, Node, Value
from jaxlab.overlay import Overlay
from jaxlab.payload.constants import to_json
from jaxlab.payload.differences import differences
from jaxlab.payload.params import NodeParams
from jaxlab.payload.tables import Tables
from jaxlab.renderers.families import family_of_op
from jaxlab.report import Stage
from jaxlab.views.kin import kin_of
from jaxlab.views.marks import plumbing_of


def stage_columns(stage: Stage, places: NodePlaces, *, tags: bool) -> dict[str, Any]:
    """A stage whose graph is grouped, as the payload has it.

    Args:
      stage: the graph, and what lies over it.
      places: of its nodes and regions.
      tags: whether the nodes' lineage tags are written.
    """
    graph = stage.graph
    tables = Tables()
    for region_id in graph.regions:  # in a row, so that their differences are small
        tables.text[region_id]
    values = _Values(graph)
    params = NodeParams(graph, tables)
    columns: dict[str, Any] = {
        "stage": graph.stage,
        "label": stage.label,
        "note": stage.note,
        "name": graph.name,
        "entry": places.regions[graph.entry],
        "facts": tables.params(graph.facts),
        "regions": _regions(graph, tables, values),
        "nodes": _nodes(graph, tables, values, places, params, tags),
        "values": _value_columns(values, tables, places),
        "counters": params.counters(),
        "overlays": [_overlay(overlay, places) for overlay in stage.overlays],
    }
    ops = dict.fromkeys(node.op for node in graph.nodes())
    columns["families"] = [
        place for op in ops for place in (tables.text[op], tables.text[family_of_op(op).name])
    ]
    return columns | tables.columns()


class NodePlaces:
    """Where the nodes and the regions of a graph stand in its columns."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = {node.id: place for place, node in enumerate(graph.nodes())}
        self.regions = {region_id: place for place, region_id in enumerate(graph.regions)}


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


def _regions(graph: Graph, tables: Tables, values: _Values) -> dict[str, Any]:
    regions = list(graph.regions.values())
    return {
        "id": differences(tables.text[region.id] for region in regions),
        "name": differences(tables.text[region.name] for region in regions),
        "inputs": [len(region.inputs) for region in regions],
        "nodes": [len(region.nodes) for region in regions],
        "outputs": list(_outputs(graph, values)),
    }


def _outputs(graph: Graph, values: _Values) -> Iterator[list[int]]:
    end = 0
    for region in graph.regions.values():
        end += len(region.inputs) + sum([len(node.outputs) for node in region.nodes])
        yield [end - values.place(value) for value in region.outputs]


def _nodes(
    graph: Graph,
    tables: Tables,
    values: _Values,
    places: NodePlaces,
    params: NodeParams,
    tags: bool,
) -> dict[str, Any]:
    nodes = list(graph.nodes())
    ids = [_split(node.id, "/") for node in nodes]
    return {
        "stem": differences(tables.text[stem] for stem, _ in ids),
        "number": differences(number for _, number in ids),
        "op": [tables.text[node.op] for node in nodes],
        "inputs": [len(node.inputs) for node in nodes],
        "outputs": [len(node.outputs) for node in nodes],
        "operands": list(_operands(graph, values)),
        "params": params.places,
        "scopes": [tables.path[node.origin.scopes] for node in nodes],
        "transforms": [tables.path[node.origin.transforms] for node in nodes],
        "tags": [tables.path[node.origin.tags] if tags else 0 for node in nodes],
        "effects": [tables.path[node.effects] for node in nodes],
        "stack": [tables.stack(node.origin.stack) for node in nodes],
        "calls": _calls(nodes, tables, places),
        "after": [
            place
            for at, node in enumerate(nodes)
            for other in node.after
            for place in (at, places.nodes[other])
        ],
        "kin": kin_of(graph),
        "plumbing": plumbing_of(graph),
    }


def _calls(nodes: list[Node], tables: Tables, places: NodePlaces) -> list[int]:
    rows = [
        (at, tables.text[role], places.regions[region_id])
        for at, node in enumerate(nodes)
        for role, region_id in node.calls
    ]
    ats = differences(at for at, _, _ in rows)
    regions = differences(region for _, _, region in rows)
    return [
        place
        for at, (_, role, _), region in zip(ats, rows, regions, strict=True)
        for place in (at, role, region)
    ]


def _operands(graph: Graph, values: _Values) -> Iterable[int]:
    first = 0
    for region in graph.regions.values():
        first += len(region.inputs)
        for node in region.nodes:
            for value in node.inputs:
                yield first - values.place(value)
            first += len(node.outputs)


def _split(text: str, mark: str) -> tuple[str, int]:
    """A text at its last mark, if what follows is a number as it is usually written."""
    stem, found, number = text.rpartition(mark)
    usual = found and number.isdecimal() and number.isascii() and len(number) < 16
    return (stem, int(number)) if usual and (number == "0" or number[0] != "0") else (text, -1)


def _value_columns(values: _Values, tables: Tables, places: NodePlaces) -> dict[str, Any]:
    unusual = [
        (place, tables.text[value.id])
        for place, (value, usual) in enumerate(zip(values.all, values.usual_ids, strict=False))
        if value.id != usual
    ]
    owners = [_owner(value.id, tables, places) for value in values.all[values.defined :]]
    names = [_split(value.name, ".") for value in values.all]
    return {
        "type": [tables.type(value.type) for value in values.all],
        "name": [tables.text[stem] for stem, _ in names],
        "serial": list(_serials(names)),
        "bare": differences(at for at, (_, number) in enumerate(names) if number < 0),
        "role": [tables.text[value.role] for value in values.all],
        "literal": [tables.text[value.literal] for value in values.all],
        "ids": [number for pair in unusual for number in pair],
        "owner": [owner for owner, _ in owners],
        "number": [number for _, number in owners],
    }


def _serials(names: list[tuple[str, int]]) -> Iterator[int]:
    """Each name's number less that of the last value with the same name; 0 where it has none."""
    last: dict[str, int] = {}
    for stem, number in names:
        yield number - last.get(stem, 0) if number >= 0 else 0
        if number >= 0:
            last[stem] = number


def _owner(value_id: str, tables: Tables, places: NodePlaces) -> tuple[int | None, int]:
    stem, number = _split(value_id, "=")
    if number >= 0:
        if stem in places.nodes:
            return places.nodes[stem], number
        if stem in places.regions:
            return -1 - places.regions[stem], number
    return None, tables.text[value_id]


def _overlay(overlay: Overlay, places: NodePlaces) -> dict[str, Any]:
    known = sorted(
        (places.nodes[node_id], value)
        for node_id, value in overlay.values.items()
        if node_id in places.nodes
    )
    return {
        "name": overlay.name,
        "unit": overlay.unit,
        "source": overlay.source,
        "nodes": differences(place for place, _ in known),
        "values": [_cell(value) for _, value in known],
        "others": [
            [node_id, _cell(value)]
            for node_id, value in overlay.values.items()
            if node_id not in places.nodes
        ],
    }


def _cell(value: float | str) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value if isinstance(value, str) else to_json(value)
