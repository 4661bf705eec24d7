"""Stage -> columns; the format is described in this package's docstring and in the schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from jaxlab.graph import Node
from jaxlab.overlay import Cell, Overlay
from jaxlab.payload.constants import to_json
from jaxlab.payload.differences import differences
from jaxlab.payload.params import NodeParams
from jaxlab.payload.tables import Tables
from jaxlab.renderers.families import family_of_op
from jaxlab.report import Stage
from jaxlab.views.columns import Columns, columns_of
from jaxlab.views.kin import kin_of
from jaxlab.views.marks import plumbing_of


class NodePlaces:
    """Where the nodes and the regions of a stage's graph stand in its columns."""

    def __init__(self, stage: Stage) -> None:
        nodes = stage.graph.nodes()
        self.nodes = {node.id: place for place, node in enumerate(nodes)}
        self.regions = {region_id: place for place, region_id in enumerate(stage.graph.regions)}


def stage_columns(stage: Stage, places: NodePlaces, *, tags: bool) -> dict[str, Any]:
    """A stage whose graph is grouped, as the payload has it.

    Args:
      stage: the graph, and what lies over it.
      places: of its nodes and regions.
      tags: whether the nodes' lineage tags are written.
    """
    graph = stage.graph
    columns = columns_of(graph)
    tables = Tables(columns.types)
    for region_id in graph.regions:  # in a row, so that their differences are small
        tables.text[region_id]
    params = NodeParams(columns.nodes, tables)
    ops = dict.fromkeys(node.op for node in columns.nodes)
    written: dict[str, Any] = {
        "stage": graph.stage,
        "label": stage.label,
        "note": stage.note,
        "name": graph.name,
        "entry": places.regions[graph.entry],
        "facts": tables.params(graph.facts),
        "regions": _regions(columns, tables),
        "nodes": {
            **_nodes(columns, tables, places),
            **_origins(columns.nodes, tables, tags),
            "params": params.places,
            "kin": kin_of(graph, columns, params.places),
            "plumbing": plumbing_of(graph, columns),
        },
        "values": _values(columns, tables, places),
        "counters": params.counters(),
        "families": list(
            chain.from_iterable((tables.text[op], tables.text[family_of_op(op).name]) for op in ops)
        ),
        "overlays": [_overlay(overlay, places) for overlay in stage.overlays],
    }
    return written | tables.columns()


def _regions(columns: Columns, tables: Tables) -> dict[str, Any]:
    text, regions = tables.text, columns.regions
    ends = columns.first_value[1:]
    return {
        "id": differences(text[region.id] for region in regions),
        "name": differences(text[region.name] for region in regions),
        "inputs": [len(region.inputs) for region in regions],
        "nodes": [len(region.nodes) for region in regions],
        "outputs": [
            [end - place for place in places]
            for end, places in zip(ends, columns.outputs, strict=True)
        ],
    }


def _nodes(columns: Columns, tables: Tables, places: NodePlaces) -> dict[str, Any]:
    text, nodes = tables.text, columns.nodes
    ids = [_split(node.id, "/") for node in nodes]
    firsts = columns.result
    inputs = [len(node.inputs) for node in nodes]
    first_of_operand = chain.from_iterable(
        [first] * count for first, count in zip(firsts, inputs, strict=False)
    )
    calls = [
        (at, text[role], places.regions[region_id])
        for at, node in enumerate(nodes)
        if node.calls
        for role, region_id in node.calls
    ]
    return {
        "stem": differences(text[stem] for stem, _ in ids),
        "number": differences(number for _, number in ids),
        "op": [text[node.op] for node in nodes],
        "inputs": inputs,
        "outputs": [len(node.outputs) for node in nodes],
        "operands": [
            first - place for first, place in zip(first_of_operand, columns.operands, strict=True)
        ],
        "effects": [tables.path[node.effects] for node in nodes],
        "calls": list(
            chain.from_iterable(
                zip(
                    differences(at for at, _, _ in calls),
                    (role for _, role, _ in calls),
                    differences(region for _, _, region in calls),
                    strict=True,
                )
            )
        ),
        "after": [
            place
            for at, node in enumerate(nodes)
            if node.after
            for other in node.after
            for place in (at, places.nodes[other])
        ],
    }


def _origins(nodes: Sequence[Node], tables: Tables, tags: bool) -> dict[str, Any]:
    """Where the nodes come from. Many have the very same origin, which is written once."""
    path = tables.path
    origins = [node.origin for node in nodes]
    distinct = {id(origin): origin for origin in origins}
    stacks = {
        key: tables.stack(stack)
        for key, stack in {id(origin.stack): origin.stack for origin in distinct.values()}.items()
    }
    rows = {
        key: (
            path[origin.scopes],
            path[origin.transforms],
            path[origin.tags] if tags else 0,
            stacks[id(origin.stack)],
        )
        for key, origin in distinct.items()
    }
    found = [rows[key] for key in map(id, origins)]
    return {
        "scopes": [scopes for scopes, _, _, _ in found],
        "transforms": [transforms for _, transforms, _, _ in found],
        "tags": [tag for _, _, tag, _ in found],
        "stack": [stack for _, _, _, stack in found],
    }


def _values(columns: Columns, tables: Tables, places: NodePlaces) -> dict[str, Any]:
    text, values = tables.text, columns.values
    split = {name: _split(name, ".") for name in {value.name: None for value in values}}
    names = [split[value.name] for value in values]
    owners = [_owner(value.id, tables, places) for value in values[columns.first_value[-1] :]]
    return {
        "type": columns.type,
        "name": [text[stem] for stem, _ in names],
        "serial": list(_serials(names)),
        "bare": differences(at for at, (_, number) in enumerate(names) if number < 0),
        "role": [text[value.role] for value in values],
        "literal": [text[value.literal] for value in values],
        "ids": [
            number
            for place, usual in enumerate(_usual_ids(columns))
            if values[place].id != usual
            for number in (place, text[values[place].id])
        ],
        "owner": [owner for owner, _ in owners],
        "number": [number for _, number in owners],
    }


def _usual_ids(columns: Columns) -> Iterator[str]:
    for region in columns.regions:
        for place in range(len(region.inputs)):
            yield f"{region.id}<{place}"
        for node in region.nodes:
            for place in range(len(node.outputs)):
                yield f"{node.id}:{place}"


def _serials(names: Sequence[tuple[str, int]]) -> Iterator[int]:
    """Each name's number less that of the last value with the same name; 0 where it has none."""
    last: dict[str, int] = {}
    for stem, number in names:
        if number < 0:
            yield 0
        else:
            yield number - last.get(stem, 0)
            last[stem] = number


def _owner(value_id: str, tables: Tables, places: NodePlaces) -> tuple[int | None, int]:
    stem, number = _split(value_id, "=")
    if number >= 0:
        if stem in places.nodes:
            return places.nodes[stem], number
        if stem in places.regions:
            return -1 - places.regions[stem], number
    return None, tables.text[value_id]


def _split(text: str, mark: str) -> tuple[str, int]:
    """A text at its last mark, if what follows is a number as it is usually written."""
    stem, found, number = text.rpartition(mark)
    if not (found and number.isdecimal() and number.isascii() and len(number) < 16):
        return text, -1
    return (text, -1) if number[0] == "0" and number != "0" else (stem, int(number))


def _overlay(overlay: Overlay, places: NodePlaces) -> dict[str, Any]:
    values, place_of = overlay.values, places.nodes
    found = [values.get(node_id) for node_id in place_of]
    known = [value for value in found if value is not None]
    others = len(known) < len(values)
    return {
        "name": overlay.name,
        "unit": overlay.unit,
        "source": overlay.source,
        "nodes": differences(at for at, value in enumerate(found) if value is not None),
        "values": [_cell(value) for value in known],
        "others": [[key, _cell(value)] for key, value in values.items() if key not in place_of]
        if others
        else [],
    }


def _cell(value: Cell) -> Any:
    if type(value) is float and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value if type(value) is str else to_json(value)
