"""Where each node belongs: its scope, and whether it runs forward, backward or once more.

jaxprs name the nodes of a body relative to its caller, HLO and StableHLO from the top: here all
are relative. XLA makes instructions without a name: a fusion belongs where its result was named,
a copy or tuple where its users are, or else its operands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jaxlab.graph import Graph, Node, Region
from jaxlab.origin import NOWHERE, Origin
from jaxlab.views.flow import FreeValues, callees_first, feeds_of

_DEEPEST = 64
"""Nodes in scopes nested deeper than this belong to the scope at this depth."""


class Place(NamedTuple):
    """A scope's path, outermost first, and "forward", "backward" or "recomputed"."""

    path: tuple[str, ...] = ()
    direction: str = "forward"


TOP = Place()

_IN_KERNELS = frozenset(("fusion", "to_apply", "select", "scatter"))

Feeds = dict[str, list[list[int]]]
"""Per region id, for each node the positions of those that must come before it."""


def kernels_of(graph: Graph) -> frozenset[str]:
    """Regions that are one kernel's inside: fused computations, reducers, comparators of HLO."""
    if graph.stage != "hlo":
        return frozenset()
    return frozenset(
        called for node in graph.nodes() for role, called in node.calls if role in _IN_KERNELS
    )


def places_of(
    graph: Graph, free: FreeValues, kernels: frozenset[str] = frozenset()
) -> tuple[dict[str, list[Place]], Feeds]:
    """Each region's nodes' places, relative to the region's callers, and what feeds each node.

    Regions in `kernels` are left out.

    A body's nodes run in the direction of its callers, unless these differ or a node says more.
    """
    regions = {key: region for key, region in graph.regions.items() if key not in kernels}
    feeds: Feeds = {key: feeds_of(region, free) for key, region in regions.items()}
    from_top = graph.stage != "jaxpr"
    around: dict[str, Place] = {}
    relative: dict[str, list[Place]] = {}
    for region_id in reversed(callees_first(graph)):
        region = regions.get(region_id)
        if region is None:
            continue
        base = around.get(region_id, TOP)
        named = [_named(node.origin, base.direction) for node in region.nodes]
        if from_top:
            named = _with_nameless(graph, region, named, feeds[region_id])
        for node, place in zip(region.nodes, named, strict=True):
            for _, called in node.calls:
                place = place if from_top else Place((), place.direction)
                around[called] = _meet(around.get(called, place), place)
        relative[region_id] = [_below(base, place) for place in named] if base.path else named
    return relative, feeds


def _named(origin: Origin, around: str) -> Place:
    scopes = origin.scopes
    if "rematted_computation" in origin.transforms:
        direction = "recomputed"
    else:
        direction = "backward" if origin.backward else around
    if "transpose" in origin.transforms and len(scopes) > 1:
        # Remat names a scope for the backward pass and once more for what runs in it.
        below = zip(scopes[1:], scopes, strict=False)
        scopes = (*scopes[:1], *(scope for scope, above in below if scope != above))
    return Place(scopes[:_DEEPEST], direction)


def _below(base: Place, place: Place) -> Place:
    depth = len(base.path)
    if place.direction == base.direction and place.path[:depth] == base.path:
        return Place(place.path[depth:], place.direction)
    return place


def _meet(one: Place, other: Place) -> Place:
    """The innermost place that holds both."""
    if one == other:
        return one
    if one.direction != other.direction:
        return TOP
    depth = 0
    for here, there in zip(one.path, other.path, strict=False):
        if here != there:
            break
        depth += 1
    return Place(one.path[:depth], one.direction)


def _meeting(places: Iterable[Place | None]) -> Place | None:
    met: Place | None = None
    for place in places:
        if place is not None:
            met = place if met is None else _meet(met, place)
    return met


# --- nodes without a name --------------------------------------------------------------------


def _is_nameless(node: Node) -> bool:
    """True for what no scope was known of; a StableHLO constant has its whole function's line."""
    return node.origin == NOWHERE and (node.op == "constant" or not node.origin.frames)


def _with_nameless(
    graph: Graph, region: Region, named: list[Place], feeds: Sequence[Sequence[int]]
) -> list[Place]:
    """Find places for the nodes that have no name. Parameters belong to the region itself."""
    places: list[Place | None] = list(named)
    open_ends: list[int] = []
    for position, node in enumerate(region.nodes):
        if node.op != "parameter" and _is_nameless(node):
            places[position] = _named_inside(graph, node)
            if places[position] is None:
                open_ends.append(position)
    if not open_ends:
        return [place or TOP for place in places]
    nameless = set(open_ends)
    wanted: dict[int, Place] = {}
    for position in range(len(places) - 1, -1, -1):
        if position in nameless:
            places[position] = wanted.get(position)
        place = places[position]
        if place is not None:
            for feed in feeds[position]:
                if feed in nameless:
                    wanted[feed] = _meet(wanted.get(feed, place), place)
    for position in open_ends:
        if not (places[position] or TOP).path:
            places[position] = _meeting(
                places[feed] for feed in feeds[position] if region.nodes[feed].op != "parameter"
            )
    return [place or TOP for place in places]


def _named_inside(graph: Graph, node: Node) -> Place | None:
    """The place of the last named node of the first region that a nameless node calls."""
    for _, called in node.calls[:1]:
        for inner in reversed(graph.regions[called].nodes):
            if inner.op != "parameter" and inner.origin.scopes:
                return _named(inner.origin, "forward")
    return None
