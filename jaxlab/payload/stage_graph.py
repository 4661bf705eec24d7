"""Columns -> stage; the format is described in this package's docstring and in the schema."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, chain, islice
from typing import Any, cast

from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.origin import Frame, FrameStack, Origin, frame_stack
from jaxlab.overlay import Cell, Overlay
from jaxlab.payload.constants import Called, from_json
from jaxlab.payload.differences import unpaired
from jaxlab.payload.ids import Call, Callers, read_ids, usual_value_ids
from jaxlab.payload.value_columns import first_values, read_names, usual_roles
from jaxlab.payload.ways import Follower
from jaxlab.report import Stage


def decode_stage(columns: Mapping[str, Any]) -> tuple[Stage, list[str]]:
    """A stage from its columns, and the ids of its graph's nodes in their order."""
    graph = _graph(columns)
    node_ids = [node.id for node in graph.nodes()]
    overlays = tuple(_overlay(each, node_ids) for each in columns["overlays"])
    return Stage(graph, columns["label"], columns["note"], overlays), node_ids


class _Tables:
    """The lists that columns refer to, read."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.strings: list[str] = payload["strings"]
        self.paths = [tuple(self.texts(path)) for path in payload["paths"]]
        self._constants = [from_json(value) for value in payload["constants"]]
        self._params: list[list[int]] = payload["params"]
        self.types = list(self._types(payload["types"]))
        frames = list(self._frames(payload["frames"]))
        self.stacks: list[FrameStack] = [
            frame_stack(*(frames[place] for place in stack)) for stack in payload["stacks"]
        ]

    def params(self, place: int, calls: Mapping[str, str] | None = None) -> dict[str, object]:
        """A set of params; what stands for a region that is called becomes its name."""
        pairs = self._params[place]
        found: dict[str, object] = {}
        for key, constant in zip(pairs[::2], pairs[1::2], strict=True):
            value = self._constants[constant]
            known = RegionRef((calls or {})[value.role]) if isinstance(value, Called) else value
            found[self.strings[key]] = known
        return found

    def texts(self, places: Iterable[int]) -> Iterator[str]:
        return (self.strings[place] for place in places)

    def _types(self, columns: dict[str, Any]) -> Iterator[ArrayType]:
        made: list[ArrayType] = []
        texts = ("dtype", "kind", "layout", "memory_space", "sharding")
        rows = zip(
            *(self.texts(columns[name]) for name in texts),
            columns["shape"],
            columns["weak"],
            columns["elements"],
            strict=True,
        )
        for dtype, kind, layout, memory_space, sharding, shape, weak, elements in rows:
            parts = tuple(made[place] for place in elements)
            made.append(
                ArrayType(
                    dtype, tuple(shape), bool(weak), kind, layout, memory_space, sharding, parts
                )
            )
        return iter(made)

    def _frames(self, columns: dict[str, Any]) -> Iterator[Frame]:
        rows = zip(
            self.texts(columns["file"]),
            columns["line"],
            self.texts(columns["function"]),
            columns["column"],
            columns["end_line"],
            columns["end_column"],
            strict=True,
        )
        return (Frame(*row) for row in rows)


def _graph(payload: Mapping[str, Any]) -> Graph:
    _check_counts(payload)
    tables = _Tables(payload)
    regions, nodes = payload["regions"], payload["nodes"]
    flat: list[int] = nodes["calls"]
    calls = [
        Call(node, tables.strings[role], region)
        for node, role, region in zip(
            accumulate(flat[::3]), flat[1::3], accumulate(flat[2::3]), strict=True
        )
    ]
    callers = Callers(calls, regions["nodes"])
    region_ids, node_ids = read_ids(payload, tables.strings, callers)
    values, names = _values(payload, tables, region_ids, node_ids)
    follower = Follower(sum(regions["inputs"]) + sum(nodes["outputs"]))
    made = iter(list(_nodes(payload, tables, values, region_ids, node_ids, calls, follower)))
    found: dict[str, Region] = {}
    at = 0
    rows = zip(
        region_ids, names, regions["inputs"], regions["nodes"], regions["outputs"], strict=True
    )
    for region_id, name, inputs, count, outputs in rows:
        members = tuple(islice(made, count))
        end = at + inputs + sum(len(node.outputs) for node in members)
        back = tuple(values[place] for place in follower.places(end, outputs))
        found[region_id] = Region(region_id, tuple(values[at : at + inputs]), members, back, name)
        at = end
    facts = tables.params(payload["facts"])
    return Graph(payload["stage"], payload["name"], found, region_ids[payload["entry"]], facts)


def _check_counts(payload: Mapping[str, Any]) -> None:
    """Raise ValueError for counts that don't add up, which could make a loop run for ever."""
    regions, nodes = payload["regions"], payload["nodes"]
    counts = regions["inputs"] + regions["nodes"] + nodes["inputs"] + nodes["outputs"]
    ways = chain(nodes["operands"], chain.from_iterable(regions["outputs"]))
    defined = sum(regions["inputs"]) + sum(nodes["outputs"])
    values = defined + sum(way == 0 for way in ways)
    sums = (sum(regions["nodes"]), sum(nodes["inputs"]), values)
    if sums != (len(nodes["op"]), len(nodes["operands"]), len(payload["values"]["type"])) or (
        counts and min(counts) < 0
    ):
        raise ValueError("its counts don't add up")


def _values(
    payload: Mapping[str, Any], tables: _Tables, region_ids: list[str], node_ids: list[str]
) -> tuple[list[Value], list[str]]:
    """All values, and the names of regions."""
    columns, regions, nodes = payload["values"], payload["regions"], payload["nodes"]
    ids = list(usual_value_ids(regions, nodes, region_ids, node_ids))
    roles = usual_roles(first_values(regions, nodes["outputs"]), regions["inputs"], len(ids))
    literals = [""] * len(ids)
    for place, text in zip(columns["ids"][::2], columns["ids"][1::2], strict=True):
        ids[place] = tables.strings[text]
    for place, text in unpaired(columns["roles"]):
        roles[place] = tables.strings[text]
    for place, text in unpaired(columns["literals"]):
        literals[place] = tables.strings[text]
    region_names, names = read_names(payload, tables.strings)
    types = (tables.types[place] for place in columns["type"])
    rows = zip(ids, types, names, roles, literals, strict=True)
    return [Value(*row) for row in rows], region_names


def _nodes(
    payload: Mapping[str, Any],
    tables: _Tables,
    values: list[Value],
    region_ids: list[str],
    node_ids: list[str],
    calls: Iterable[Call],
    follower: Follower,
) -> Iterator[Node]:
    columns, regions = payload["nodes"], payload["regions"]
    called: dict[int, list[tuple[str, str]]] = {}
    for node, role, region in calls:
        called.setdefault(node, []).append((role, region_ids[region]))
    after: dict[int, list[str]] = {}
    for node, other in zip(columns["after"][::2], columns["after"][1::2], strict=True):
        after.setdefault(node, []).append(node_ids[other])
    counted: dict[int, dict[str, object]] = {}
    for counter in payload["counters"]:
        numbers = zip(accumulate(counter["nodes"]), accumulate(counter["values"]), strict=True)
        for node, number in numbers:
            counted.setdefault(node, {})[counter["key"]] = number
    effects = {node: tables.paths[path] for node, path in unpaired(columns["effects"])}
    tags = [tables.paths[path] for path in columns["tags"]] or [()] * len(node_ids)
    ends = list(accumulate(columns["inputs"], initial=0))
    operands: list[int] = columns["operands"]
    for at, first in enumerate(_first_results(regions, columns["outputs"])):
        inputs = follower.places(first, operands[ends[at] : ends[at + 1]])
        mine = tuple(called.get(at, ()))
        yield Node(
            node_ids[at],
            tables.strings[columns["op"][at]],
            tuple(values[place] for place in inputs),
            tuple(values[first : first + columns["outputs"][at]]),
            mine,
            tables.params(columns["params"][at], dict(mine)) | counted.get(at, {}),
            Origin(
                tables.paths[columns["scopes"][at]],
                tables.paths[columns["transforms"][at]],
                tables.stacks[columns["stack"][at]],
                tags[at],
            ),
            effects.get(at, ()),
            tuple(after.get(at, ())),
        )


def _first_results(regions: dict[str, Any], outputs: list[int]) -> Iterator[int]:
    """For each node, the place of its first result."""
    node = first = 0
    for inputs, count in zip(regions["inputs"], regions["nodes"], strict=True):
        first += inputs
        for at in range(node, node + count):
            yield first
            first += outputs[at]
        node += count


def _overlay(columns: dict[str, Any], node_ids: list[str]) -> Overlay:
    without = set(accumulate(columns["without"]))
    known = (node_id for place, node_id in enumerate(node_ids) if place not in without)
    values = {
        node_id: cast("Cell", from_json(value))
        for node_id, value in zip(known, columns["values"], strict=True)
    }
    values |= {node_id: cast("Cell", from_json(value)) for node_id, value in columns["others"]}
    return Overlay(columns["name"], columns["unit"], columns["source"], values)
