"""Scopes as groups: what the user named becomes a node that can be opened.

A group is a node with op "scope" that calls one region, its inside; both have the group's id,
`main/[block_3]`, or `main/[block_3 backward]/[attn]`. Values pass its wall by ports: its
region's inputs (`main/[attn]<0`) stand for what it reads, its node's results (`main/[attn]:0`)
for what others read of it. `value_behind` leads from a port to the value of the first graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jaxlab.collection import collector_paused
from jaxlab.errors import cut
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.origin import Origin
from jaxlab.overlay import Cell, Overlay
from jaxlab.views.convex import ALONE, convex_parts
from jaxlab.views.flow import callees_first, free_values
from jaxlab.views.places import Place, kernels_of, places_of
from jaxlab.views.ports import Around, Group, regions_of

_TRANSFORMS: Mapping[str, tuple[str, ...]] = {
    "forward": (),
    "backward": ("transpose",),
    "recomputed": ("rematted_computation",),
}
"""A group's direction, and the transforms that its own origin says."""

_Key = tuple[str, str]
"""(scope, direction): the nodes of a level that have one key make a group."""


def group_by_scope(graph: Graph) -> Graph:
    """Gather the nodes of each named scope or module into a group, nested as the scopes are.

    The transforms' wrappers are folded onto the user's scope: what a gradient makes of `attn`
    is two groups with that name, forward and backward, and a third, recomputed, under remat.
    At every level the groups and nodes make no cycle: where scopes feed each other
    (`a -> b -> a`), some are cut into parts, and a node that would be a part of its own stays
    outside. Nodes with side effects keep their order. Bodies of loops and calls are grouped too,
    but for what is one kernel of HLO: a fused computation, a reducer.

    Ids and results of the nodes stay as they are; what they read is rerouted to ports. A
    group's params are its `scope`, its `direction`, how many `nodes` are in it at any depth
    (those of regions called from there not counted) and, if it was cut, which `part` it is.

    Args:
      graph: a program at any stage. One that has been grouped is given back as it is.
    """
    return graph.derived(_grouped)


@collector_paused()
def _grouped(graph: Graph) -> Graph:
    if any(role == "scope" for node in graph.nodes() for role, _ in node.calls):
        return graph
    free = free_values(graph)
    kernels = kernels_of(graph)
    places, feeds = places_of(graph, free, kernels)
    around: Around = {}
    grouped: dict[str, list[Region]] = {}
    for region_id in reversed(callees_first(graph)):
        region = graph.regions[region_id]
        if region_id in kernels:
            grouped[region_id] = [region]
            continue
        top = _tree(region, places[region_id], feeds[region_id])
        grouped[region_id] = regions_of(region, top, free, around)
    regions = {region.id: region for key in graph.regions for region in grouped[key]}
    return Graph(graph.stage, graph.name, regions, graph.entry, graph.facts)


def is_group(graph: Graph, node: Node) -> bool:
    """True for a node that `group_by_scope` made."""
    return node.calls == (("scope", node.id),) and node.id in graph.regions


def value_behind(graph: Graph, value: Value) -> Value:
    """The value of the first graph that a port of a group stands for; others are themselves.

    Args:
      graph: what `group_by_scope` gave.
      value: any value in it.
    """
    while True:
        group_id, mark, port = (
            value.id.rpartition(":") if value.node_id else value.id.rpartition("<")
        )
        callers = graph.callers_of(group_id)
        if len(callers) != 1 or not is_group(graph, callers[0]):
            return value
        behind = graph.regions[group_id].outputs if mark == ":" else callers[0].inputs
        value = behind[int(port)]


def with_sums(graph: Graph, overlay: Overlay) -> Overlay:
    """Give each group of a grouped graph the sum of its members' values in an overlay.

    What is not known adds nothing, and labels are not added up. A group none of whose members
    has a number stays unknown.
    """
    values: dict[str, Cell] = dict(overlay.values)
    for region_id in callees_first(graph):
        for caller in graph.callers_of(region_id):
            if is_group(graph, caller):
                members = (values.get(node.id) for node in graph.regions[region_id].nodes)
                known = [value for value in members if isinstance(value, int | float)]
                if known:
                    values[caller.id] = sum(known)
    return Overlay(overlay.name, overlay.unit, overlay.source, values)


def _tree(region: Region, places: list[Place], feeds: list[list[int]]) -> Group:
    """Sort a region's nodes, which are in a topological order, into nested groups."""
    top = Group(region.id, region.name)
    levels = [(top, list(range(len(region.nodes))))]
    while levels:
        group, members = levels.pop()
        depth = len(group.origin.scopes)
        keys = [
            (places[member].path[depth], places[member].direction)
            if len(places[member].path) > depth
            else None
            for member in members
        ]
        levels.extend(_sort_level(group, members, keys, feeds))
    return top


def _sort_level(
    group: Group, members: list[int], keys: list[_Key | None], feeds: list[list[int]]
) -> Iterator[tuple[Group, list[int]]]:
    """Put members into a group: leaves, and groups of their own, which are yielded."""
    labels: dict[_Key, int] = {}
    for key in keys:
        if key is not None:
            labels.setdefault(key, len(labels))
    if not labels:
        group.items.extend(members)
        return
    place = {member: position for position, member in enumerate(members)}
    parts = convex_parts(
        [ALONE if key is None else labels[key] for key in keys],
        [[place[feed] for feed in feeds[member] if feed in place] for member in members],
    )
    titles = _titles(list(labels), str(group.params.get("direction", "forward")))
    of_label: list[list[Group]] = [[] for _ in labels]
    for label, positions in parts:
        nodes = [members[position] for position in positions]
        if label == ALONE:
            group.items.extend(nodes)
            continue
        (scope, direction), siblings = keys[positions[0]] or ("", ""), of_label[label]
        part = f" ({len(siblings) + 1})" if siblings else ""
        inner = Group(
            f"{group.id}/[{titles[label]}{part}]",
            scope,
            group,
            Origin((*group.origin.scopes, scope), _TRANSFORMS[direction]),
            {"scope": scope, "direction": direction},
        )
        siblings.append(inner)
        group.items.append(inner)
        yield inner, nodes
    for siblings in of_label:
        for number, sibling in enumerate(siblings, 1):
            if len(siblings) > 1:
                sibling.params = {**sibling.params, "part": f"{number} of {len(siblings)}"}


def _titles(keys: list[_Key], around: str) -> list[str]:
    """What the groups of a level are called in ids: plain, short, and no two the same.

    A direction is said where it is not that of the group around.
    """
    safe_names: dict[str, str] = {}
    taken: set[str] = set()
    for scope, _ in keys:
        if scope not in safe_names:
            plain = "".join(
                letter if letter.isalnum() or letter in "_-." else "_" for letter in scope
            )
            name = cut(plain, 40) or "_"
            safe_names[scope] = name if name not in taken else f"{name}~{len(safe_names) + 1}"
            taken.add(name)
    return [
        safe_names[scope] if direction == around else f"{safe_names[scope]} {direction}"
        for scope, direction in keys
    ]
