"""The ids of regions, nodes and values: where things stand tells most of them.

A region is called what its first caller and its role there make of it, `main/4.body`; a group's
inside what its node is. A node's id is a number behind its home's id and a slash: the home is its
region or, in a group, the region around all groups. A group's id is a title, `[attn]`, behind the
id of the region that it stands in. Values are numbered behind `<` and `:`; what is defined
nowhere, such as a literal, is called after what reads it first: `main/4=1`.
"""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, NamedTuple

from jaxlab.graph import Region
from jaxlab.payload.names import split_at
from jaxlab.payload.tables import Places


class Call(NamedTuple):
    """A node calls a region in a role; node and region are places."""

    node: int
    role: str
    region: int


class Callers:
    """By a region's place, its first call from a node before it; and each region's home."""

    def __init__(self, calls: Iterable[Call], node_counts: Sequence[int]) -> None:
        first_node = list(accumulate(node_counts, initial=0))
        self.first: dict[int, Call] = {}
        for call in calls:
            if call.node < first_node[call.region]:
                self.first.setdefault(call.region, call)
        self.homes = list(range(len(node_counts)))
        for region in self.homes:
            call = self.first.get(region)
            if call is not None and call.role == "scope":
                self.homes[region] = self.homes[bisect_right(first_node, call.node) - 1]

    def usual_id(self, region: int, node_ids: Sequence[str]) -> str:
        """What a region is called after its caller; "" where it has none."""
        call = self.first.get(region)
        if call is None:
            return ""
        caller = node_ids[call.node]
        return caller if call.role == "scope" else f"{caller}.{call.role}"


def region_ids(
    ids: Sequence[str], node_ids: Sequence[str], callers: Callers, text: Places[str]
) -> list[int]:
    """Flat pairs of a region and its id's text, where that is not the usual one."""
    return [
        number
        for region, region_id in enumerate(ids)
        if region_id != callers.usual_id(region, node_ids)
        for number in (region, text[region_id])
    ]


def node_ids(
    regions: Sequence[Region], homes: Sequence[int], text: Places[str]
) -> dict[str, list[int]]:
    """Ids as columns: a number for each node, and pairs for groups and for what has none."""
    numbers: list[int] = []
    titles: list[int] = []
    others: list[int] = []
    following = [0] * len(regions)
    for region, home in zip(regions, homes, strict=True):
        stem, inside = f"{regions[home].id}/", f"{region.id}/"
        expected = following[home]
        for node in region.nodes:
            step = 0
            if node.id != f"{stem}{expected}":
                start, number = split_at(node.id, "/")
                if number < 0 or start != stem:
                    if node.id.startswith(inside):
                        titles += (len(numbers), text[node.id[len(inside) :]])
                    else:
                        others += (len(numbers), text[node.id])
                    numbers.append(0)
                    continue
                step = number - expected
            numbers.append(step)
            expected += step + 1
        following[home] = expected
    return {"number": numbers, "titles": titles, "ids": others}


def read_ids(
    payload: Mapping[str, Any], strings: list[str], callers: Callers
) -> tuple[list[str], list[str]]:
    """The ids of all regions and of all nodes."""
    regions, nodes = payload["regions"], payload["nodes"]
    told, titles, others = (
        {place: strings[text] for place, text in zip(flat[::2], flat[1::2], strict=True)}
        for flat in (regions["ids"], nodes["titles"], nodes["ids"])
    )
    found: list[str] = []
    node_ids: list[str] = []
    following = [0] * len(regions["nodes"])
    for region, count in enumerate(regions["nodes"]):
        region_id = told.get(region) or callers.usual_id(region, node_ids)
        found.append(region_id)
        home = callers.homes[region]
        for node in range(len(node_ids), len(node_ids) + count):
            if node in titles:
                node_ids.append(f"{region_id}/{titles[node]}")
            elif node in others:
                node_ids.append(others[node])
            else:
                number = following[home] + nodes["number"][node]
                node_ids.append(f"{found[home]}/{number}")
                following[home] = number + 1
    return found, node_ids


def usual_value_ids(
    regions: Mapping[str, Any],
    nodes: Mapping[str, Any],
    region_ids: Sequence[str],
    node_ids: Sequence[str],
) -> Iterator[str]:
    """Ids as values usually have them, from the columns of regions and nodes."""
    made = iter(zip(node_ids, nodes["outputs"], strict=True))
    for region_id, inputs, count in zip(
        region_ids, regions["inputs"], regions["nodes"], strict=True
    ):
        for number in range(inputs):
            yield f"{region_id}<{number}"
        for node_id, results in islice(made, count):
            if results == 1:
                yield f"{node_id}:0"
            else:
                yield from (f"{node_id}:{number}" for number in range(results))
    ways: list[int] = nodes["operands"]
    if 0 in ways:
        rest = iter(ways)
        for node_id, inputs in zip(node_ids, nodes["inputs"], strict=True):
            for number, way in enumerate(islice(rest, inputs)):
                if way == 0:
                    yield f"{node_id}={number}"
    for region_id, outputs in zip(region_ids, regions["outputs"], strict=True):
        for number, way in enumerate(outputs):
            if way == 0:
                yield f"{region_id}={number}"
