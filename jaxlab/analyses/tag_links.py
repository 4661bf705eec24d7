"""Which lineage tags each node stands under, and how that is known.

An equation is its tag. A lowered node has the tags that its name stack carried through the
compiler; a fusion has those of its body too; what carries none is linked through the nodes that
feed it, that it feeds, or that call it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain

from jaxlab._jax import TAG_PREFIX
from jaxlab.graph import Graph, Node

TAGGED = "tagged"
"""The node's own name stack ends with the equation's tag."""
FUSED = "fused"
"""The equation's work is done in the computation that the node, a fusion, calls."""
MERGED = "merged"
"""An equal equation's tag is there: XLA computes equal values once and keeps one tag."""
INFERRED = "inferred"
"""The node carries no tag: it is linked through what feeds, uses or calls it."""
WITHIN = "within"
"""The equation is a call (jit, scan, cond), and the node is part of what it calls."""

KINDS = (TAGGED, FUSED, MERGED, INFERRED, WITHIN)
"""The kinds of link, the strongest first."""

Tags = Mapping[str, str]
"""Kinds by tag."""

_ENTRY = f"{TAG_PREFIX}0."
_HOLDERS = re.compile(r"fusion|async-start")
# These hand on a value that another node made; all else is rather a part of what reads it.
_PASS_ON = re.compile(
    r"tuple|get[-_]tuple[-_]element|(func\.)?return|bitcast|copy|(copy|async)-(start|done|update)"
    r"|opt(imization)?[-_]barrier|parameter|add-dependency|after-all"
)


def tags_of(graph: Graph) -> dict[str, Tags]:
    """The tags of every node of a graph, with how each is known.

    A node is missing where nothing links it to an equation: a program's argument that no
    equation reads, a result that is a constant.
    """
    if graph.stage == "jaxpr":
        return {
            node.id: {f"{TAG_PREFIX}{region}.{index}": TAGGED}
            for region, found in enumerate(graph.regions.values())
            for index, node in enumerate(found.nodes)
        }
    tags: dict[str, Tags] = {node.id: own_tags(node.origin.tags) for node in graph.nodes()}
    _add_bodies(graph, tags)
    tags = {node_id: found for node_id, found in tags.items() if found}
    _infer(graph, tags)
    return tags


@lru_cache(maxsize=65_536)
def own_tags(path: tuple[str, ...]) -> Tags:
    """Kinds by tag for the tags on one name stack, outermost first.

    The last names the equation, those before it the calls that it stands in. XLA sometimes
    writes a whole name stack after another (what it moves into a loop's body gets the loop's
    name before its own): each ends with an equation. A stack starts again where the entry
    region is named, which nothing calls, or where a tag returns, as no jaxpr calls itself.
    """
    kinds: dict[str, str] = {}
    for index, tag in enumerate(path):
        following = path[index + 1] if index + 1 < len(path) else _ENTRY
        if following.startswith(_ENTRY) or following in path[: index + 1]:
            kinds[tag] = TAGGED
        else:
            kinds.setdefault(tag, WITHIN)
    return kinds


def _add_bodies(graph: Graph, tags: dict[str, Tags]) -> None:
    """Give fusions the tags of all that they hold."""
    done: set[str] = set()

    def add(node: Node) -> None:
        if node.id in done:
            return
        done.add(node.id)
        kinds = dict(tags[node.id])
        for _, region_id in node.calls:
            for inner in graph.regions[region_id].nodes:
                if inner.calls and _HOLDERS.fullmatch(inner.op):
                    add(inner)
                for tag, kind in tags[inner.id].items():
                    kind = FUSED if kind == TAGGED else kind
                    if tag not in kinds or (kinds[tag] == WITHIN and kind == FUSED):
                        kinds[tag] = kind
        tags[node.id] = kinds

    for node in graph.nodes():
        if node.calls and _HOLDERS.fullmatch(node.op):
            add(node)


def _infer(graph: Graph, tags: dict[str, Tags]) -> None:
    """Link what has no tag through its neighbours, the likeliest kind of neighbour first."""
    left = [node for node in graph.nodes() if node.id not in tags]
    ways: list[Callable[[Node], Iterable[Node]]] = [
        lambda node: _makers(graph, node) if _PASS_ON.fullmatch(node.op) else graph.users_of(node),
        lambda node: graph.users_of(node) if _PASS_ON.fullmatch(node.op) else _makers(graph, node),
        lambda node: graph.callers_of(graph.home_of(node)),
    ]
    step = 0
    while left and step < len(ways):
        # In reading order makers come first; the other way round users do.
        remaining = _linked_by(ways[step], left[::-1], tags)
        remaining = _linked_by(ways[step], remaining[::-1], tags)
        step = 0 if len(remaining) < len(left) else step + 1
        left = remaining


def _linked_by(
    neighbours: Callable[[Node], Iterable[Node]], nodes: list[Node], tags: dict[str, Tags]
) -> list[Node]:
    """Link the nodes that have a neighbour with tags; give those that have none."""
    left: list[Node] = []
    for node in nodes:
        known = [tags[other.id] for other in neighbours(node) if other.id in tags]
        found = dict.fromkeys(chain.from_iterable(map(_strongest, known)), INFERRED)
        if found:
            tags[node.id] = found
        else:
            left.append(node)
    return left


def _strongest(tags: Tags) -> list[str]:
    best = min(map(KINDS.index, tags.values()))
    return [tag for tag, kind in tags.items() if KINDS.index(kind) == best]


def _makers(graph: Graph, node: Node) -> Iterable[Node]:
    """The nodes whose results a node hands on; for a fusion's parameter, the operand's maker."""
    if node.op != "parameter":
        return graph.operands_of(node)
    number = node.params.get("parameter_number")
    made_by = (
        caller.inputs[number].node_id
        for caller in graph.callers_of(graph.home_of(node))
        if isinstance(number, int)
        and caller.op in ("fusion", "call")
        and number < len(caller.inputs)
    )
    return [graph.node(node_id) for node_id in made_by if node_id]
