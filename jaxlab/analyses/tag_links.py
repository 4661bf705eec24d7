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
    """A node without a tag, and the ids of its neighbours."""

    id: str
    hands_on: bool
    makers: list[str]
    readers: list[str]
    callers: list[str]


def _unlinked(graph: Graph, tags: Mapping[str, Tags]) -> list[_Unlinked]:
    """The nodes without tags, in reading order."""
    readers: dict[str, dict[str, None]] = {
        value.id: {} for node in graph.nodes() if node.id not in tags for value in node.outputs
    }
    for node in graph.nodes():
        for value in node.inputs:
            if value.id in readers:
                readers[value.id][node.id] = None
    found: list[_Unlinked] = []
    for region in graph.regions.values():
        callers = graph.callers_of(region)
        caller_ids = dict.fromkeys([caller.id for caller in callers])
        for value in region.outputs:
            if value.id in readers:
                readers[value.id] |= caller_ids
        for node in region.nodes:
            if node.id not in tags:
                makers = _called_with(node, callers) if node.op == "parameter" else node.inputs
                maker_ids = {value.node_id: None for value in makers}
                maker_ids.pop("", None)
                reader_ids = {other: None for value in node.outputs for other in readers[value.id]}
                hands_on = bool(_PASS_ON.fullmatch(node.op))
                found.append(
                    _Unlinked(node.id, hands_on, [*maker_ids], [*reader_ids], [*caller_ids])
                )
    return found


def _called_with(parameter: Node, callers: Iterable[Node]) -> list[Value]:
    """What a called computation's parameter stands for, at each of its callers."""
    number = parameter.params.get("parameter_number")
    return [
        caller.inputs[number]
        for caller in callers
        if isinstance(number, int)
        and caller.op in ("fusion", "call")
        and number < len(caller.inputs)
    ]


class _Inference:
    def __init__(self, tags: dict[str, Tags]) -> None:
        self.tags = tags
        self.by_makers: set[str] = set()
        self.by_readers: set[str] = set()

    def link(self, node: _Unlinked, neighbours: list[str]) -> bool:
        """Give a node the strongest tags of its neighbours; False if it has none."""
        found: dict[str, str] = {}
        for neighbour in neighbours:
            for tag in _strongest(self.tags[neighbour]):
                found[tag] = INFERRED
        if found:
            self.tags[node.id] = found
        return bool(found)

    def likely(self, node: _Unlinked) -> list[str]:
        return self._makers(node) if node.hands_on else self._readers(node)

    def unlikely(self, node: _Unlinked) -> list[str]:
        return self._readers(node) if node.hands_on else self._makers(node)

    def callers(self, node: _Unlinked) -> list[str]:
        return [other for other in node.callers if other in self.tags]

    def any(self, node: _Unlinked) -> list[str]:
        return [other for other in (*node.makers, *node.readers) if other in self.tags]

    def _makers(self, node: _Unlinked) -> list[str]:
        known = (other for other in node.makers if other in self.tags)
        found = [other for other in known if other not in self.by_readers]
        if found:
            self.by_makers.add(node.id)
        return found

    def _readers(self, node: _Unlinked) -> list[str]:
        known = (other for other in node.readers if other in self.tags)
        found = [other for other in known if other not in self.by_makers]
        if found:
            self.by_readers.add(node.id)
        return found


def _strongest(tags: Tags) -> list[str]:
    for kind in KINDS:
        found = [tag for tag, other in tags.items() if other == kind]
        if found:
            return found
    return []
