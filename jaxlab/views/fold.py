"""Look at a part: close what hangs below a region, or keep only what is near a node."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from jaxlab.errors import GraphError, InputError, cut
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.views.flow import FreeValues, feeds_of, free_values, reachable, reads


def fold_region(graph: Graph, region_id: str) -> Graph:
    """Close a region: one node stands for all that is in it and for what only it calls.

    The region stays, and so do the calls to it, its inputs and its outputs. In place of its
    nodes it has one with op "folded", which reads what they read from outside and makes what
    the region gives back. Its params say how many `nodes` it stands for (those of the `regions`
    that are gone with them too, but no groups) and which `ops` they are, most frequent first.

    Args:
      graph: any graph; a region that is folded already, or empty, stays as it is.
      region_id: `main/4.body`, or `main/[block_3]` of a grouped graph.
    """
    region = graph.regions.get(region_id)
    if region is None:
        shown = cut(region_id)
        raise GraphError(f"{graph!r} has no region {shown!r}. `graph.regions` lists them.")
    if not region.nodes or any(node.op == "folded" for node in region.nodes):
        return graph
    closed = replace(region, nodes=())
    kept = reachable({**graph.regions, region_id: closed}, graph.entry)
    gone = [node for key, inner in graph.regions.items() if key not in kept for node in inner.nodes]
    nodes = [node for node in (*region.nodes, *gone) if node.op != "scope"]
    folded = Node(
        f"{region_id}/[folded]",
        "folded",
        (*region.inputs, *free_values(graph).get(region_id, ())),
        params={
            "nodes": len(nodes),
            "regions": len(graph.regions) - len(kept),
            "ops": dict(Counter(node.op for node in nodes).most_common()),
        },
        effects=tuple(dict.fromkeys(effect for node in nodes for effect in node.effects)),
    )
    kept[region_id] = _with_only(folded, region)
    lost = {node.id for node in (*region.nodes, *gone)}
    regions = {key: _waiting_for_folded(inner, lost, folded.id) for key, inner in kept.items()}
    return Graph(graph.stage, graph.name, regions, graph.entry, graph.facts)


def _with_only(folded: Node, region: Region) -> Region:
    made: dict[str, Value] = {}
    outputs: list[Value] = []
    own = {value.id for node in region.nodes for value in node.outputs}
    for value in region.outputs:
        if value.id in own and value.id not in made:
            made[value.id] = replace(value, id=f"{folded.id}:{len(made)}", role="result")
        outputs.append(made.get(value.id, value))
    node = replace(folded, outputs=tuple(made.values()))
    return replace(region, nodes=(node,), outputs=tuple(outputs))


def _waiting_for_folded(region: Region, lost: set[str], folded: str) -> Region:
    if not any(lost.intersection(node.after) for node in region.nodes):
        return region
    nodes = [
        replace(
            node,
            after=tuple(dict.fromkeys(folded if other in lost else other for other in node.after)),
        )
        for node in region.nodes
    ]
    return replace(region, nodes=tuple(nodes))


def only_around(graph: Graph, node_id: str, distance: int = 2) -> Graph:
    """Keep the nodes that are at most so many edges from a node, up or down, in its region.

    The entry of the result is the node's region, with what its nodes call. What the nodes
    read of others becomes the region's input, what others read of them its output; ids are as
    before. Facts say what it is `around`, which nodes `called_by` chain lead to the region from
    the entry of the whole program, outermost first, and how many nodes are `left_out`.

    Args:
      graph: any graph.
      node_id: the node in the middle.
      distance: how many edges away others may be; 0 keeps the node alone.
    """
    if distance < 0:
        raise InputError(f"`distance` must be 0 or more, got {distance}.")
    home = graph.home_of(node_id)
    free = free_values(graph)
    near = _near(home, free, node_id, distance)
    nodes = [node for position, node in enumerate(home.nodes) if position in near]
    entry = _excerpt(home, nodes, free)
    regions = reachable({**graph.regions, home.id: entry}, home.id)
    kept = {node.id for region in regions.values() for node in region.nodes}
    facts = {
        **graph.facts,
        "around": node_id,
        "called_by": _chain_to(graph, home.id),
        "left_out": len(graph) - len(kept),
    }
    trimmed = {key: _waiting_for_kept(region, kept) for key, region in regions.items()}
    return Graph(graph.stage, graph.name, trimmed, home.id, facts)


def _near(home: Region, free: FreeValues, node_id: str, distance: int) -> set[int]:
    neighbours: list[list[int]] = [[] for _ in home.nodes]
    for position, before in enumerate(feeds_of(home, free)):
        for feed in before:
            neighbours[position].append(feed)
            neighbours[feed].append(position)
    front = [position for position, node in enumerate(home.nodes) if node.id == node_id]
    near = set(front)
    for _ in range(distance):
        front = list({other for position in front for other in neighbours[position]} - near)
        near.update(front)
    return near


def _excerpt(home: Region, nodes: list[Node], free: FreeValues) -> Region:
    made = {value.id for node in nodes for value in node.outputs}
    wanted = {value.id: value for node in nodes for value in reads(node, free)}
    inputs = [value for value in home.inputs if value.id in wanted]
    known = made.union(value.id for value in inputs)
    inputs += [value for key, value in wanted.items() if key not in known]
    inside = {node.id for node in nodes}
    read_outside = {
        value.id for node in home.nodes if node.id not in inside for value in reads(node, free)
    }.union(value.id for value in home.outputs)
    outputs = [value for node in nodes for value in node.outputs if value.id in read_outside]
    return Region(home.id, tuple(inputs), tuple(nodes), tuple(outputs), home.name)


def _chain_to(graph: Graph, region_id: str) -> tuple[str, ...]:
    chain: list[str] = []
    seen: set[str] = set()
    while region_id != graph.entry and region_id not in seen:
        seen.add(region_id)
        callers = graph.callers_of(region_id)
        if not callers:
            break
        chain.append(callers[0].id)
        region_id = graph.home_of(callers[0]).id
    return tuple(reversed(chain))


def _waiting_for_kept(region: Region, kept: set[str]) -> Region:
    if all(other in kept for node in region.nodes for other in node.after):
        return region
    nodes = [
        replace(node, after=tuple(other for other in node.after if other in kept))
        for node in region.nodes
    ]
    return replace(region, nodes=tuple(nodes))
