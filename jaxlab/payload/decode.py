"""Payload -> Graph, overlays and sources; the format is described in this package's docstring."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, cast

from jaxlab.errors import InputError, cut
from jaxlab.graph import ArrayType, Graph, Node, Region, Value
from jaxlab.origin import Frame, FrameStack, Origin, Source, frame_stack
from jaxlab.overlay import Cell, Overlay
from jaxlab.payload.constants import from_json
from jaxlab.payload.encode import FORMAT, VERSION


def decode(payload: Mapping[str, Any]) -> tuple[Graph, tuple[Overlay, ...], tuple[Source, ...]]:
    """What `encode` was given, from its dict (or from the JSON of it).

    Raises:
      InputError: it is no payload of ours, is newer than this version of jaxlab, or is damaged.
    """
    if payload.get("format") != FORMAT:
        raise InputError(f"This is no payload of jaxlab: its format is {_said(payload, 'format')}.")
    version = payload.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise InputError(
            f"This payload has version {_said(payload, 'version')}; this jaxlab reads versions up "
            f"to {VERSION}. Update it: `pip install -U jaxlab`."
        )
    try:
        graph = _graph(payload)
        node_ids = [node.id for node in graph.nodes()]
        overlays = tuple(_overlay(each, node_ids) for each in payload["overlays"])
        return graph, overlays, tuple(Source(**each) for each in payload["sources"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = cut(f"{type(error).__name__}: {error}", 100)
        raise InputError(f"This payload is damaged ({said}).") from error


def _said(payload: Mapping[str, Any], key: str) -> str:
    return cut(repr(payload.get(key)), 40)


class _Tables:
    """The lists that columns refer to, read."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.strings: list[str] = payload["strings"]
        self.paths = [tuple(self.texts(path)) for path in payload["paths"]]
        constants = [from_json(value) for value in payload["constants"]]
        self.params = [
            {
                self.strings[key]: constants[value]
                for key, value in zip(pairs[::2], pairs[1::2], strict=True)
            }
            for pairs in payload["params"]
        ]
        self.types = list(self._types(payload["types"]))
        frames = list(self._frames(payload["frames"]))
        self.stacks: list[FrameStack] = [
            frame_stack(*(frames[place] for place in stack)) for stack in payload["stacks"]
        ]

    def texts(self, places: list[int]) -> Iterator[str]:
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
    tables = _Tables(payload)
    regions, nodes = payload["regions"], payload["nodes"]
    region_ids = list(tables.texts(regions["id"]))
    node_ids = [
        stem if number < 0 else f"{stem}/{number}"
        for stem, number in zip(tables.texts(nodes["stem"]), nodes["number"], strict=True)
    ]
    values = _values(payload, tables, region_ids, node_ids)
    made = _nodes(nodes, regions, tables, values, region_ids, node_ids)
    found: dict[str, Region] = {}
    at = 0
    names = tables.texts(regions["name"])
    rows = zip(
        region_ids, names, regions["inputs"], regions["nodes"], regions["outputs"], strict=True
    )
    for region_id, name, inputs, count, outputs in rows:
        members = tuple(next(made) for _ in range(count))
        found[region_id] = Region(
            region_id,
            tuple(values[at : at + inputs]),
            members,
            tuple(values[place] for place in outputs),
            name,
        )
        at += inputs + sum(len(node.outputs) for node in members)
    facts = tables.params[payload["facts"]]
    return Graph(payload["stage"], payload["name"], found, region_ids[payload["entry"]], facts)


def _values(
    payload: Mapping[str, Any], tables: _Tables, region_ids: list[str], node_ids: list[str]
) -> list[Value]:
    columns, regions, nodes = payload["values"], payload["regions"], payload["nodes"]
    ids = list(_defined_ids(regions, nodes["outputs"], region_ids, node_ids))
    pairs: list[int] = columns["ids"]
    for place, text in zip(pairs[::2], pairs[1::2], strict=True):
        ids[place] = tables.strings[text]
    for owner, number in zip(columns["owner"], columns["number"], strict=True):
        if owner is None:
            ids.append(tables.strings[number])
        else:
            stem = node_ids[owner] if owner >= 0 else region_ids[-1 - owner]
            ids.append(f"{stem}={number}")
    rows = zip(
        ids,
        (tables.types[place] for place in columns["type"]),
        tables.texts(columns["name"]),
        tables.texts(columns["role"]),
        tables.texts(columns["literal"]),
        strict=True,
    )
    return [Value(*row) for row in rows]


def _defined_ids(
    regions: dict[str, Any], outputs: list[int], region_ids: list[str], node_ids: list[str]
) -> Iterator[str]:
    node = 0
    for region_id, inputs, count in zip(
        region_ids, regions["inputs"], regions["nodes"], strict=True
    ):
        yield from (f"{region_id}<{place}" for place in range(inputs))
        for at in range(node, node + count):
            yield from (f"{node_ids[at]}:{place}" for place in range(outputs[at]))
        node += count


def _nodes(
    columns: dict[str, Any],
    regions: dict[str, Any],
    tables: _Tables,
    values: list[Value],
    region_ids: list[str],
    node_ids: list[str],
) -> Iterator[Node]:
    calls: dict[int, list[tuple[str, str]]] = {}
    flat: list[int] = columns["calls"]
    for node, role, region in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
        calls.setdefault(node, []).append((tables.strings[role], region_ids[region]))
    after: dict[int, list[str]] = {}
    for node, other in zip(columns["after"][::2], columns["after"][1::2], strict=True):
        after.setdefault(node, []).append(node_ids[other])
    first_results = _first_results(regions, columns["outputs"])
    ends = list(accumulate(columns["inputs"], initial=0))
    operands: list[int] = columns["operands"]
    for at, first in enumerate(first_results):
        yield Node(
            node_ids[at],
            tables.strings[columns["op"][at]],
            tuple(values[first - place] for place in operands[ends[at] : ends[at + 1]]),
            tuple(values[first : first + columns["outputs"][at]]),
            tuple(calls.get(at, ())),
            tables.params[columns["params"][at]],
            Origin(
                tables.paths[columns["scopes"][at]],
                tables.paths[columns["transforms"][at]],
                tables.stacks[columns["stack"][at]],
                tables.paths[columns["tags"][at]],
            ),
            tables.paths[columns["effects"][at]],
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
    places = accumulate(columns["nodes"])
    values = {
        node_ids[place]: cast("Cell", from_json(value))
        for place, value in zip(places, columns["values"], strict=True)
    }
    values |= {node_id: cast("Cell", from_json(value)) for node_id, value in columns["others"]}
    return Overlay(columns["name"], columns["unit"], columns["source"], values)
