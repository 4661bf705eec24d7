"""Lineage between the stages of a report, by the ids that its graphs have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jaxlab.analyses.lineage import Lineage
from jaxlab.errors import StageError
from jaxlab.graph import Graph, Node
from jaxlab.report import Links

if TYPE_CHECKING:
    from jaxlab.program import Program

_Found = dict[str, Mapping[str, str]]


def links_of(program: Program, graphs: Sequence[Graph]) -> Iterator[Links]:
    """Links from a program's jaxpr to each later stage that is shown, where they can be known.

    A recorded cell is linked program by program; one that called no jitted function of the
    user's, as if it were one.
    """
    if not graphs or graphs[0].stage != "jaxpr":
        return
    for place, graph in enumerate(graphs[1:], 1):
        found, fates, notes = _Links(program, graphs[0], graph.stage).found()
        if found:
            yield Links(0, place, found, fates, " ".join(dict.fromkeys(filter(None, notes))))


class _Links:
    """The links of one pair of stages, while they are gathered."""

    def __init__(self, program: Program, jaxpr: Graph, stage: str) -> None:
        self._program = program
        self._jaxpr = jaxpr
        self._stage = stage
        self._found: _Found = {}
        self._fates: dict[str, str] = {}
        self._notes: list[str] = []

    def found(self) -> tuple[_Found, dict[str, str], list[str]]:
        program = self._program
        if program.recording is None:
            self._add(program, {}, "")
        elif program.programs:
            one = len(program.programs) == 1
            for index, each in enumerate(program.programs):
                ids = _ids_in(self._jaxpr, each.jaxpr)
                self._add(each, ids, "" if one else f"main/{index}.program/")
        else:
            whole = program.as_one
            self._add(whole, _parallel(self._jaxpr, "main", whole.jaxpr, "main"), "")
        return self._found, self._fates, self._notes

    def _add(self, program: Program, ids: Mapping[str, str] | None, prefix: str) -> None:
        """The links of one program; `ids` are its jaxpr's nodes in the jaxpr that is shown."""
        if ids is None:
            return
        try:
            lineage = program.lineage("jaxpr", self._stage)
        except StageError:  # what was read has no tags: then there is nothing to link
            return
        if self._stage == "hlo" and program.recompiled:
            self._notes.append(program.recompiled)
            if "differs" in program.recompiled:
                return
        self._gather(lineage, ids, prefix)

    def _gather(self, lineage: Lineage, ids: Mapping[str, str], prefix: str) -> None:
        for before, counterparts in lineage.counterparts.items():
            mine = ids.get(before, before)
            if prefix:
                counterparts = {prefix + after: kind for after, kind in counterparts.items()}
            known = self._found.get(mine)
            self._found[mine] = {**counterparts, **known} if known else counterparts
        for node_id, fate in lineage.fates.items():
            mine = ids.get(node_id, node_id)
            if mine not in self._found:
                self._fates[mine] = fate.status


def _ids_in(shown: Graph, program: Graph) -> dict[str, str] | None:
    """The ids that a program's nodes have in a recorded cell that calls it; None if it can't be
    found there."""
    for node in shown.nodes():
        for _, region in node.calls:
            if node.params.get("name") == program.name:
                found = _parallel(shown, region, program, program.entry)
                if found is not None:
                    return found
    return None


class _Aligned:
    """Walks two graphs side by side and notes which node of one is which of the other.

    In the graph that is shown, calls that the program has written out are entered, and the body
    of a repeat is walked once for each of its rounds.
    """

    def __init__(self, shown: Graph, program: Graph) -> None:
        self._shown = shown
        self._program = program
        self._seen: set[str] = set()
        self.ids: dict[str, str] = {}

    def regions(self, region: str, other: str) -> bool:
        """Whether two regions have the same equations."""
        if other in self._seen:
            return True
        self._seen.add(other)
        others = self._program.regions[other].nodes
        return self._nodes(self._shown.regions[region].nodes, others, 0) == len(others)

    def _nodes(self, nodes: Sequence[Node], others: Sequence[Node], at: int) -> int:
        """Where the others' nodes go on after these; -1 if they aren't the same."""
        for node in nodes:
            if at < len(others) and self._same(node, others[at]):
                self.ids[others[at].id] = node.id
                at += 1
            elif node.op in _ENTERED and len(node.calls) == 1:
                rounds = node.params.get("length", 1)
                body = self._shown.regions[node.calls[0][1]].nodes
                for _ in range(rounds if isinstance(rounds, int) else 1):
                    at = self._nodes(body, others, at)
                    if at < 0:
                        return -1
            else:
                return -1
        return at

    def _same(self, node: Node, twin: Node) -> bool:
        return (
            node.op == twin.op
            and len(node.calls) == len(twin.calls)
            and [value.type for value in node.outputs] == [value.type for value in twin.outputs]
            and all(
                self.regions(region, other)
                for (_, region), (_, other) in zip(node.calls, twin.calls, strict=True)
            )
        )


_ENTERED = ("jit", "repeat")


def _parallel(shown: Graph, region: str, program: Graph, other: str) -> dict[str, str] | None:
    """Ids in the shown graph by the program's, if the two regions have the same equations."""
    aligned = _Aligned(shown, program)
    return aligned.ids if aligned.regions(region, other) else None
