"""What flows where: the questions that every view asks of a graph before it changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import is_

from jaxlab.graph import Graph, Node, Region, Value

FreeValues = Mapping[str, tuple[Value, ...]]
"""Per region id, the values that it, or what it calls, reads from the regions around it."""


def callees_first(graph: Graph) -> list[str]:
    """The ids of all regions, each after those it calls."""
    return graph.derived(_callees_first)


def _callees_first(graph: Graph) -> list[str]:
    order: dict[str, None] = {}
    opened: set[str] = set()
    for root in (graph.entry, *graph.regions):
        work = [root]
        while work:
            region_id = work[-1]
            if region_id not in opened:
                opened.add(region_id)
                called = {
                    callee: None
                    for node in graph.regions[region_id].nodes
                    if node.calls
                    for _, callee in node.calls
                }
                work.extend(callee for callee in called if callee not in opened)
            else:
                order[work.pop()] = None
    return list(order)


def free_values(graph: Graph) -> FreeValues:
    """The values that regions capture. StableHLO's regions do; those of jaxprs and HLO never."""
    free: dict[str, tuple[Value, ...]] = {}
    if graph.stage == "hlo":
        return free
    for region_id in callees_first(graph):
        region = graph.regions[region_id]
        inside = {value.id for value in region.inputs}
        found: dict[str, Value] = {}
        for node in region.nodes:
            for value in reads(node, free):
                if value.id not in inside:
                    found[value.id] = value
            inside.update(value.id for value in node.outputs)
        for value in region.outputs:
            if value.id not in inside and value.role != "literal":
                found[value.id] = value
        if found:
            free[region_id] = tuple(found.values())
    return free


def reads(node: Node, free: FreeValues) -> Iterator[Value]:
    """The values a node reads, literals left out, with those that its regions capture."""
    for value in node.inputs:
        if value.role != "literal":
            yield value
    if free:
        for _, region_id in node.calls:
            yield from free.get(region_id, ())


def feeds_of(region: Region, free: FreeValues) -> list[list[int]]:
    """For each node of a region, the earlier ones that it must come after, by position.

    These are the makers of what it reads and of what its regions capture, the nodes that it
    must follow, and, for a node with side effects, the one with side effects before it.
    """
    makers: dict[str, int] = {}
    positions: dict[str, int] = {}
    feeds: list[list[int]] = []
    last_effect = -1
    for position, node in enumerate(region.nodes):
        read = reads(node, free) if free else node.inputs  # no node makes a literal
        before = {makers[value.id] for value in read if value.id in makers}
        if node.after:
            before.update(positions[other] for other in node.after if other in positions)
        if node.effects:
            if last_effect >= 0:
                before.add(last_effect)
            last_effect = position
        feeds.append(sorted(before))
        positions[node.id] = position
        for value in node.outputs:
            makers[value.id] = position
    return feeds


def with_inputs(node: Node, inputs: tuple[Value, ...]) -> Node:
    """The node with other inputs; itself if they are the same. Faster than `replace`."""
    if all(map(is_, inputs, node.inputs)):
        return node
    return Node(
        node.id,
        node.op,
        inputs,
        node.outputs,
        node.calls,
        node.params,
        node.origin,
        node.effects,
        node.after,
    )


def reachable(regions: Mapping[str, Region], entry: str) -> dict[str, Region]:
    """The regions that a run from `entry` can come to, in the order of `regions`, entry first."""
    found = {entry}
    work = [entry]
    while work:
        for node in regions[work.pop()].nodes:
            for _, region_id in node.calls:
                if region_id not in found:
                    found.add(region_id)
                    work.append(region_id)
    rest = {key: region for key, region in regions.items() if key in found and key != entry}
    return {entry: regions[entry], **rest}
