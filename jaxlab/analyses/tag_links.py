"""Which lineage tags each node stands under, and how that is known.

An equation is its tag. A lowered node has the tags that its name stack carried through the
compiler; a fusion has those of its body too; what carries none is linked through the nodes that
feed it, that it feeds, or that call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from jaxlab._jax import TAG_PREFIX
from jaxlab.graph import Graph, Node, Value

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
    """Link what has no tag through its neighbours, the likeliest kind of neighbour first.

    What was linked through its readers tells nothing of its other readers, and what was linked
    through its makers nothing of its other makers: a constant 0 may be read by hundreds of
    nodes that have nothing else in common. Only what has no other neighbour is linked so.
    """
    left = _unlinked(graph, tags)
    inference = _Inference(tags)
    ways = (inference.likely, inference.unlikely, inference.callers, inference.any)
    step = 0
    while left and step < len(ways):
        # In reading order makers come first; the other way round readers do.
        remaining = [node for node in left[::-1] if not inference.link(node, ways[step](node))]
        remaining = [node for node in remaining[::-1] if not inference.link(node, ways[step](node))]
        step = 0 if len(remaining) < len(left) else step + 1
        left = remaining


class _Unlinked(NamedTuple):
    """A node without a tag, and the ids of its neighbours, some of them twice."""

    id: str
    hands_on: bool
    makers: list[str]
    readers: list[str]
    callers: list[str]


def _unlinked(graph: Graph, tags: Mapping[str, Tags]) -> list[_Unlinked]:
    """The nodes without tags, in reading order, which makers come in before readers."""
    readers: dict[str, list[str]] = {}
    found: list[_Unlinked] = []
    for region in graph.regions.values():
        callers = graph.callers_of(region)
        caller_ids = [caller.id for caller in callers]
        for node in region.nodes:
            for value in node.inputs:
                if value.id in readers:
                    readers[value.id].append(node.id)
            if node.id not in tags:
                read = _called_with(node, callers) if node.op == "parameter" else node.inputs
                made_by = list(filter(None, [value.node_id for value in read]))
                read_by: list[str] = []
                for value in node.outputs:
                    readers[value.id] = read_by
                hands_on = _hands_on(node.op)
                found.append(_Unlinked(node.id, hands_on, made_by, read_by, caller_ids))
        for value in region.outputs:
            if value.id in readers:
                readers[value.id] += caller_ids
    return found


@lru_cache(maxsize=4096)
def _hands_on(op: str) -> bool:
    return bool(_PASS_ON.fullmatch(op))


def _called_with(parameter: Node, callers: Iterable[Node]) -> list[Value]:
    """What a called computation's parameter stands for, at each of its callers."""
    number = int(parameter.inputs[0].id.rpartition("<")[2])
    return [
        caller.inputs[number]
        for caller in callers
        if caller.op in ("fusion", "call") and number < len(caller.inputs)
    ]


class _Inference:
    def __init__(self, tags: dict[str, Tags]) -> None:
        self.tags = tags
        self.by_makers: set[str] = set()
        self.by_readers: set[str] = set()
        self._handed_on: dict[int, Tags] = {}

    def link(self, node: _Unlinked, neighbours: list[str]) -> bool:
        """Give a node the strongest tags of its neighbours; False if it has none."""
        if not neighbours:
            return False
        first, *others = [self._strongest(self.tags[neighbour]) for neighbour in neighbours]
        self.tags[node.id] = (
            {tag: INFERRED for found in (first, *others) for tag in found} if others else first
        )
        return True

    def _strongest(self, tags: Tags) -> Tags:
        """What a neighbour of a node with these tags has of them."""
        found = self._handed_on.get(id(tags))
        if found is None:
            strongest = next(kind for kind in KINDS if kind in tags.values())
            found = {tag: INFERRED for tag, kind in tags.items() if kind == strongest}
            self._handed_on[id(tags)] = self._handed_on[id(found)] = found
        return found

    def likely(self, node: _Unlinked) -> list[str]:
        return self._makers(node) if node.hands_on else self._readers(node)

    def unlikely(self, node: _Unlinked) -> list[str]:
        return self._readers(node) if node.hands_on else self._makers(node)

    def callers(self, node: _Unlinked) -> list[str]:
        return [other for other in node.callers if other in self.tags]

    def any(self, node: _Unlinked) -> list[str]:
        return [other for other in (*node.makers, *node.readers) if other in self.tags]

    def _makers(self, node: _Unlinked) -> list[str]:
        tags, by_readers = self.tags, self.by_readers
        found = [other for other in node.makers if other in tags and other not in by_readers]
        if found:
            self.by_makers.add(node.id)
        return found

    def _readers(self, node: _Unlinked) -> list[str]:
        tags, by_makers = self.tags, self.by_makers
        found = [other for other in node.readers if other in tags and other not in by_makers]
        if found:
            self.by_readers.add(node.id)
        return found
