"""What became of each equation: source line <-> equation <-> StableHLO <-> HLO, many to many.

Both programs must come from one tagged lowering (`lower_tagged`): each equation names itself on
its name stack, and the compiler carries the names through every pass. Links are exact where a
node has a tag, and say so where it has none; an equation that has left the program is labelled.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax

from jaxlab import _jax
from jaxlab.analyses.fates import STATUSES, Fate, fates_of
from jaxlab.analyses.flow import consumers_of, live_nodes, makers_of
from jaxlab.analyses.tag_links import (
    FUSED,
    INFERRED,
    KINDS,
    MERGED,
    TAGGED,
    WITHIN,
    Tags,
    tags_of,
)
from jaxlab.analyses.values import Numbering, number_values
from jaxlab.errors import StageError
from jaxlab.graph import Graph
from jaxlab.origin import Frame
from jaxlab.readers.jaxpr import jaxprs_in_order

_WEAKNESS = {kind: rank for rank, kind in enumerate(KINDS)}
# All that a program may be made of when none of its equations is left.
_COMPUTES_NOTHING = re.compile(
    r"parameter|constant|tuple|copy|bitcast|broadcast(_in_dim)?|(func\.)?return|fusion|iota"
)


class Link(NamedTuple):
    """One link between a node of the earlier program and one of the later.

    Attributes:
      before: the earlier node's id.
      after: the later node's id.
      kind: one of `KINDS`: "tagged", "fused", "merged", "inferred" or "within".
    """

    before: str
    after: str
    kind: str


class AtLine(NamedTuple):
    """What a source line became: ids of nodes of the earlier and of the later program."""

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lineage:
    """The links between two stages of one program. See `lineage_between`.

    Attributes:
      before: the earlier program: its jaxpr, or its StableHLO.
      after: the later program: StableHLO or HLO.
      before_tags: per node id of `before`, the equations' tags it stands under.
      after_tags: the same of `after`.
    """

    before: Graph
    after: Graph
    before_tags: Mapping[str, Tags]
    after_tags: Mapping[str, Tags]

    def __repr__(self) -> str:
        counts = Counter(fate.status for fate in self.fates.values())
        said = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        return f"Lineage({self.before.stage} -> {self.after.stage} {self.before.name!r}: {said})"

    def forward(self, node_id: str, *kinds: str) -> tuple[str, ...]:
        """Nodes of the later program that a node of the earlier became, the surest first.

        Args:
          node_id: a node of `before`; GraphError if there is none.
          kinds: kinds of link to follow, all of `KINDS` by default.
        """
        self.before.node(node_id)
        return _sorted(self.counterparts.get(node_id, {}), kinds)

    def back(self, node_id: str, *kinds: str) -> tuple[str, ...]:
        """Nodes of the earlier program that a node of the later comes from, the surest first.

        Args:
          node_id: a node of `after`; GraphError if there is none.
          kinds: kinds of link to follow, all of `KINDS` by default.
        """
        self.after.node(node_id)
        return _sorted(self._back.get(node_id, {}), kinds)

    def kind(self, before_id: str, after_id: str) -> str:
        """The kind of the link between two nodes; "" where there is none."""
        return self.counterparts.get(before_id, {}).get(after_id, "")

    def links(self) -> Iterator[Link]:
        """Every link, in the earlier program's reading order."""
        for node in self.before.nodes():
            for other, kind in self.counterparts.get(node.id, {}).items():
                yield Link(node.id, other, kind)

    def status(self, node_id: str) -> str:
        """What became of a node of the earlier program: one of `STATUSES`."""
        return self.fate(node_id).status

    def fate(self, node_id: str) -> Fate:
        """What became of a node of the earlier program, with the reason.

        - kept: nodes of the later program carry its tag.
        - merged: an equal node's tag is there in its place.
        - folded: it needs no argument of the program, or hands its operand on unchanged.
        - dead: its results reach no result of the program, and it has no effect.
        - unknown: it has left, and the programs don't tell how.

        What has left and is not dead is linked, as inferred, to what became of its readers or,
        where it has none, of its makers.
        """
        self.before.node(node_id)
        return self.fates[node_id]

    def at_line(self, line: int, file: str = "") -> AtLine:
        """What a source line became.

        A line has what ran while it was being executed: with the operations written on it,
        those of the functions that it calls.

        Args:
          line: counted from 1.
          file: the file's name or its end, any file by default.
        """
        found = {
            node_id: None
            for frame, node_ids in self._by_frame.items()
            if frame[1] == line and _is_file(frame[0], file)
            for node_id in node_ids
        }
        after = {other: None for node_id in found for other in self.counterparts.get(node_id, {})}
        return AtLine(tuple(found), tuple(after))

    def lines(self, node_id: str) -> tuple[Frame, ...]:
        """The source lines that a node of the later program comes from, the surest first.

        The innermost frame of each equation, each once. What the node itself has noted is not
        used: the compiler keeps one line where it has merged several.
        """
        frames = (
            self.before.node(origin).origin.frames[:1]
            for origin in self.back(node_id, TAGGED, FUSED, MERGED, INFERRED)
        )
        return tuple(dict.fromkeys(frame for found in frames for frame in found))

    def unlinked(self) -> tuple[str, ...]:
        """Nodes of the later program that no link leads to, in reading order."""
        return tuple(node.id for node in self.after.nodes() if node.id not in self._back)

    @cached_property
    def fates(self) -> Mapping[str, Fate]:
        """What became of every node of the earlier program."""
        return fates_of(self.before, set(self._direct), self._merged, self._live, self._numbering)

    @cached_property
    def _live(self) -> set[str]:
        return self.before.derived(live_nodes)

    @cached_property
    def _numbering(self) -> Numbering:
        return self.before.derived(number_values)

    @cached_property
    def _direct(self) -> Mapping[str, Mapping[str, str]]:
        """Kinds by later node, per node of the earlier program that has links of its own."""
        by_tag = _by_tag(self.after_tags)
        joined = {node_id: _joined(tags, by_tag) for node_id, tags in self.before_tags.items()}
        return {node_id: found for node_id, found in joined.items() if found}

    @cached_property
    def _merged(self) -> Mapping[str, tuple[str, ...]]:
        """Per node that is needed and has none, the nodes equal to it that have."""
        equals = self._numbering.equals()
        found = {
            node.id: tuple(other for other in equals.get(node.id, ()) if other in self._direct)
            for node in self.before.nodes()
            if node.id not in self._direct and node.id in self._live
        }
        return {node_id: others for node_id, others in found.items() if others}

    @cached_property
    def counterparts(self) -> Mapping[str, Mapping[str, str]]:
        """Kinds by the later nodes' ids, per id of an earlier node that has any."""
        forward = dict(self._direct)
        for node_id, equals in self._merged.items():
            forward[node_id] = {
                other: _weaker(kind, MERGED)
                for equal in equals
                for other, kind in self._direct[equal].items()
            }
        _follow_neighbours(self.before, self._live, forward)
        return forward

    @cached_property
    def _back(self) -> Mapping[str, Mapping[str, str]]:
        back: dict[str, dict[str, str]] = {}
        for node in self.before.nodes():
            for other, kind in self.counterparts.get(node.id, {}).items():
                back.setdefault(other, {})[node.id] = kind
        return back

    @cached_property
    def _by_frame(self) -> Mapping[tuple[str, int], Mapping[str, None]]:
        found: dict[tuple[str, int], dict[str, None]] = {}
        for node in self.before.nodes():
            for frame in node.origin.frames:
                found.setdefault((frame.file, frame.line), {})[node.id] = None
        return found


def lower_tagged(traced: jax.stages.Traced, **options: Any) -> jax.stages.Lowered:
    """Lower what was traced so that every equation names itself; see `tag_jaxpr`.

    Donation, names, shardings, static arguments and compiler options are those of `traced`,
    which is not changed. Nothing is traced again. Compile the result with `compile_tagged`.

    Args:
      traced: what `jax.jit(f).trace(...)` gave.
      options: for `Traced.lower`: `lowering_platforms=("tpu",)`.
    """
    order = [jaxpr for _, jaxpr in jaxprs_in_order(traced.jaxpr)]
    return _jax.lower_tagged(traced, order, **options)


def lineage_between(before: Graph, after: Graph) -> Lineage:
    """Link two stages of one program through the tags that its equations carry.

    Args:
      before: the earlier: the jaxpr that was tagged (`read_jaxpr(traced.jaxpr)`), or StableHLO.
      after: the later, read from what `lower_tagged` and `compile_tagged` gave.

    Raises:
      StageError: a program computes something and has no tags.
    """
    lineage = Lineage(before, after, tags_of(before), tags_of(after))
    for graph, tags in ((before, lineage.before_tags), (after, lineage.after_tags)):
        if not tags and any(not _COMPUTES_NOTHING.fullmatch(node.op) for node in graph.nodes()):
            raise StageError(
                f"Lineage needs programs that were lowered with tags, and {graph!r} has none. "
                "Lower and compile with `lower_tagged` and `compile_tagged`."
            )
    return lineage


def _follow_neighbours(graph: Graph, live: set[str], forward: dict[str, Mapping[str, str]]) -> None:
    """Link what has left to what became of its readers, else to what became of its makers."""
    left = [node for node in graph.nodes() if node.id in live and node.id not in forward]
    before = 0
    while len(left) != before:
        before = len(left)
        for neighbours, nodes in ((consumers_of, left[::-1]), (makers_of, left)):
            for node in nodes:
                found = {
                    other: INFERRED
                    for neighbour in neighbours(graph, node)
                    for other, kind in forward.get(neighbour.id, {}).items()
                    if kind != WITHIN
                }
                if found and node.id not in forward:
                    forward[node.id] = found
        left = [node for node in left if node.id not in forward]


def _by_tag(table: Mapping[str, Tags]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for node_id, tags in table.items():
        for tag, kind in tags.items():
            found.setdefault(tag, {})[node_id] = kind
    return found


def _joined(tags: Tags, by_tag: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Kinds by node id of all that stands under some of these tags: each path's weakest kind.

    Two nodes within one call have only the call in common: that is no link.
    """
    if len(tags) == 1 and TAGGED in tags.values():  # an equation: as it is told there
        return by_tag.get(next(iter(tags)), {})
    found: dict[str, str] = {}
    for tag, kind in tags.items():
        for other, other_kind in by_tag.get(tag, {}).items():
            if kind == other_kind == WITHIN:
                continue
            joint = _weaker(kind, other_kind)
            if other not in found or _WEAKNESS[joint] < _WEAKNESS[found[other]]:
                found[other] = joint
    return found


def _weaker(first: str, second: str) -> str:
    return first if _WEAKNESS[first] > _WEAKNESS[second] else second


def _sorted(found: Mapping[str, str], kinds: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [node_id for node_id, kind in found.items() if not kinds or kind in kinds]
    return tuple(sorted(wanted, key=lambda node_id: _WEAKNESS[found[node_id]]))


def _is_file(name: str, wanted: str) -> bool:
    return not wanted or name == wanted or name.endswith("/" + wanted)
