"""Stage -> columns; the format is described in this package's docstring and in the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from jaxlab.graph import Node
from jaxlab.overlay import Cell, Overlay
from jaxlab.payload.constants import short_number, to_json
from jaxlab.payload.differences import differences, pairs
from jaxlab.payload.ids import Call, Callers, node_ids, region_ids, usual_value_ids
from jaxlab.payload.params import NodeParams
from jaxlab.payload.tables import Tables
from jaxlab.payload.value_columns import literal_pairs, name_columns, role_pairs
from jaxlab.payload.ways import ways_back
from jaxlab.renderers.families import family_of_op
from jaxlab.report import Stage
from jaxlab.views.columns import columns_of
from jaxlab.views.kin import kin_of
from jaxlab.views.marks import plumbing_of


class NodePlaces:
    """Where the nodes and the regions of a stage's graph stand in its columns."""

    def __init__(self, stage: Stage) -> None:
        nodes = stage.graph.nodes()
        self.nodes = {node.id: place for place, node in enumerate(nodes)}
        self.regions = {region_id: place for place, region_id in enumerate(stage.graph.regions)}


def stage_columns(
    stage: Stage, places: NodePlaces, trips: Mapping[str, int], *, tags: bool
) -> dict[str, Any]:
    """A stage whose graph is grouped, as the payload has it.

    Args:
      stage: the graph, and what lies over it.
      places: of its nodes and regions.
      trips: how often its loops run, where that is known, by node id.
      tags: whether the nodes' lineage tags are written.
    """
    graph = stage.graph
    columns = columns_of(graph)
    nodes, tables = columns.nodes, Tables(columns.types)
    text = tables.text
    ops = [node.op for node in nodes]
    for op, _ in Counter(ops).most_common():  # the most frequent texts are short numbers
        text[op]
    region_names, value_names = name_columns(columns, text)
    calls = [
        Call(at, role, places.regions[region_id])
        for at, node in enumerate(nodes)
        if node.calls
        for role, region_id in node.calls
    ]
    callers = Callers(calls, [len(region.nodes) for region in columns.regions])
    operands, outputs = ways_back(columns)
    params = NodeParams(nodes, tables)
    region_columns = {
        **region_names,
        "ids": region_ids(list(places.regions), list(places.nodes), callers, text),
        "inputs": [len(region.inputs) for region in columns.regions],
        "nodes": [len(region.nodes) for region in columns.regions],
        "outputs": outputs,
    }
    node_columns = {
        **node_ids(columns.regions, callers.homes, text),
        "op": [text[op] for op in ops],
        "inputs": [len(node.inputs) for node in nodes],
        "outputs": [len(node.outputs) for node in nodes],
        "operands": operands,
        **_origins(nodes, tables, tags),
        "effects": pairs(
            [(at, tables.path[node.effects]) for at, node in enumerate(nodes) if node.effects]
        ),
        "calls": _calls(calls, tables),
        "trips": pairs(
            sorted((places.nodes[loop], often) for loop, often in trips.items() if often < 2**31)
        ),
        "after": [
            place
            for at, node in enumerate(nodes)
            if node.after
            for other in node.after
            for place in (at, places.nodes[other])
        ],
        "params": params.places,
        "kin": kin_of(graph, columns, params.places),
        "plumbing": plumbing_of(graph, columns),
    }
    usual = usual_value_ids(region_columns, node_columns, [*places.regions], [*places.nodes])
    written: dict[str, Any] = {
        "stage": graph.stage,
        "label": stage.label,
        "note": stage.note,
        "name": graph.name,
        "entry": places.regions[graph.entry],
        "facts": tables.params(graph.facts),
        "regions": region_columns,
        "nodes": node_columns,
        "values": {
            "type": columns.type,
            **value_names,
            "roles": role_pairs(columns, text),
            "literals": literal_pairs(columns, text),
            "ids": [
                number
                for place, (value, told) in enumerate(zip(columns.values, usual, strict=True))
                if value.id != told
                for number in (place, text[value.id])
            ],
        },
        "counters": params.counters(),
        "families": list(
            chain.from_iterable(
                (text[op], text[family_of_op(op).name]) for op in dict.fromkeys(ops)
            )
        ),
        "overlays": [_overlay(overlay, places) for overlay in stage.overlays],
    }
    return written | tables.columns()


def _calls(calls: Sequence[Call], tables: Tables) -> list[int]:
    nodes = differences(call.node for call in calls)
    roles = [tables.text[call.role] for call in calls]
    regions = differences(call.region for call in calls)
    return list(chain.from_iterable(zip(nodes, roles, regions, strict=True)))


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
        "tags": [tag for _, _, tag, _ in found] if tags else [],
        "stack": [stack for _, _, _, stack in found],
    }


def _overlay(overlay: Overlay, places: NodePlaces) -> dict[str, Any]:
    values, place_of = overlay.values, places.nodes
    found = [values.get(node_id) for node_id in place_of]
    known = [value for value in found if value is not None]
    cell = _cell if overlay.source in ("modelled", "read") else _measured_cell
    cells = {value: cell(value) for value in set(known)}
    others = [key for key in values if key not in place_of] if len(known) < len(values) else []
    return {
        "name": overlay.name,
        "unit": overlay.unit,
        "source": overlay.source,
        "without": differences(at for at, value in enumerate(found) if value is None),
        "values": [cells[value] for value in known],
        "others": [[key, cell(values[key])] for key in others],
    }


def _cell(value: Cell) -> Any:
    if type(value) is float and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value if type(value) is str else to_json(value)


def _measured_cell(value: Cell) -> Any:
    """No measurement has more than four digits; modelled values are exact."""
    return value if isinstance(value, str) else short_number(value)
