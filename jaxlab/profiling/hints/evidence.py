"""What hints are drawn from: the optimized program, its lineage, and its times if there are any.

A hint must be worth its line. So what it is about is weighed against the whole: against the
measured time where there is one, else against a simple model of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.lineage import Lineage
from jaxlab.analyses.tag_links import FUSED, MERGED, TAGGED
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.origin import Frame
from jaxlab.profiling.device.attribution import executions_of
from jaxlab.profiling.memory.whence import frame_of

WORTH_SHARE = 0.02
"""Of the whole: what is less can't be felt, whatever is done about it."""
WORTH_SECONDS = 100e-6
"""Of one run: about what dispatching a few programs takes."""
WORTH_BYTES = 4_000_000
"""Of one run: what a processor's caches hold, and a tenth of a millisecond of memory traffic."""

_FLOPS_PER_BYTE = 10.0
"""Where computing takes as long as moving, on the processors of today about: without measured
times, what computes much must outweigh what moves little."""

_SEQUENTIAL = frozenset(("while", "call", "conditional", "async-start"))


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that an expert would look at.

    Attributes:
      kind: the family: "layout", "upcast", "unfused", "collective", "indexing", "loop",
        "padding", "remat".
      headline: what was found, in a line.
      what: why that costs something, and what is known of where it comes from.
      node: the HLO instruction that it is about, of several the one that matters most.
      frame: its source line; None where none is known.
      amount: what it costs in one run; see `unit`.
      unit: "s" for measured time, "B" for modelled traffic, "FLOP" for modelled work.
      share: the same as a share of the whole program's, from 0 to 1.
      remedy: what can be done about it.
    """

    kind: str
    headline: str
    what: str
    node: str
    frame: Frame | None
    amount: float
    unit: str
    share: float
    remedy: str


@dataclass(frozen=True, slots=True)
class Group:
    """Instructions of one source line that have something in common.

    Attributes:
      nodes: those with the most weight first.
      frame: the line; None where none is known.
      amount, unit, share: what they cost together, as a hint has it.
    """

    nodes: tuple[Node, ...]
    frame: Frame | None
    amount: float
    unit: str
    share: float

    def hint(self, kind: str, headline: str, what: str, remedy: str) -> Hint:
        """A hint about all of them."""
        return Hint(
            kind,
            headline,
            what,
            self.nodes[0].id,
            self.frame,
            self.amount,
            self.unit,
            self.share,
            remedy,
        )


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a program.

    Attributes:
      hlo: the optimized HLO.
      lineage: from its jaxpr; None where it was compiled without tags.
      seconds: measured self time of each node in one run; empty where nothing was measured.
      inclusive: measured time with all that runs inside.
      counts: how often each node was seen to run.
    """

    hlo: Graph
    lineage: Lineage | None = None
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    inclusive: Mapping[str, float] = field(default_factory=dict[str, float])
    counts: Mapping[str, float] = field(default_factory=dict[str, float])

    @cached_property
    def running(self) -> tuple[Node, ...]:
        """The instructions that run one by one, in loops and calls too; not those in fusions."""
        return tuple(
            node for region_id in self.executions for node in self.hlo.regions[region_id].nodes
        )

    @cached_property
    def executions(self) -> Mapping[str, float]:
        """How often each region that runs instruction by instruction does so in one run."""
        return {
            region_id: often
            for region_id, often in executions_of(self.hlo).items()
            if self._is_sequential(region_id)
        }

    def times(self, node: Node) -> float:
        """How often an instruction runs in one run: as seen, else as trip counts say."""
        seen = self.counts.get(node.id)
        return self.executions.get(self.hlo.home_of(node).id, 1.0) if seen is None else seen

    def bytes(self, node: Node) -> float:
        """What an instruction moves in one run of the program, modelled."""
        return (bytes_of(self.hlo).number(node.id) or 0.0) * self.times(node)

    def flops(self, node: Node) -> float:
        """The operations of an instruction in one run of the program, modelled."""
        return (flops_of(self.hlo).number(node.id) or 0.0) * self.times(node)

    @cached_property
    def all_effort(self) -> float:
        """What a run takes by the model, in bytes that could be moved meanwhile."""
        return sum(
            max(self.bytes(node), self.flops(node) / _FLOPS_PER_BYTE) for node in self._leaves
        )

    @cached_property
    def all_flops(self) -> float:
        """The operations of one run, modelled."""
        return sum(map(self.flops, self._leaves))

    @cached_property
    def all_seconds(self) -> float:
        """The measured time of one run."""
        return sum(self.seconds.values())

    @property
    def _leaves(self) -> Iterator[Node]:
        return (node for node in self.running if node.op not in _SEQUENTIAL)

    def _is_sequential(self, region_id: str) -> bool:
        callers = self.hlo.callers_of(region_id)
        return region_id == self.hlo.entry or any(node.op in _SEQUENTIAL for node in callers)

    def groups(
        self,
        nodes: Iterable[Node],
        *,
        least: float = WORTH_SHARE,
        floor: float | None = None,
        traffic: Callable[[Node], float] | None = None,
    ) -> Iterator[Group]:
        """Instructions by source line, where those of a line are worth a hint; the worst first.

        Args:
          nodes: instructions that run one by one.
          least: the share of the whole from which they are worth it.
          floor: the seconds, or the bytes where nothing was measured, from which they are worth
            it; `WORTH_SECONDS` and `WORTH_BYTES` by default.
          traffic: the bytes of one that count, all that it moves by default.
        """
        by_line: dict[tuple[str, int], list[Node]] = {}
        frames: dict[tuple[str, int], Frame | None] = {}
        for node in nodes:
            frame = self.frame(node)
            line = ("", 0) if frame is None else (frame.file, frame.line)
            by_line.setdefault(line, []).append(node)
            frames.setdefault(line, frame)
        found = [self.group(members, frames[line], traffic) for line, members in by_line.items()]
        if floor is None:
            floor = WORTH_SECONDS if self.seconds else WORTH_BYTES
        for group in sorted(found, key=lambda group: -group.share):
            if group.share >= least and group.amount >= floor:
                yield group

    def group(
        self,
        nodes: Iterable[Node],
        frame: Frame | None,
        traffic: Callable[[Node], float] | None = None,
    ) -> Group:
        """Some instructions as one group, whatever they are worth; see `groups`."""
        traffic = traffic or self.bytes
        nodes = list(nodes)
        if not self.seconds:
            nodes = sorted(nodes, key=lambda node: -traffic(node))
            amount = sum(map(traffic, nodes))
            return Group(tuple(nodes), frame, amount, "B", _share(amount, self.all_effort))
        parts = {
            node.id: self.seconds.get(node.id, 0.0) * _share(traffic(node), self.bytes(node))
            for node in nodes
        }
        nodes = sorted(nodes, key=lambda node: -parts[node.id])
        amount = sum(parts.values())
        return Group(tuple(nodes), frame, amount, "s", _share(amount, self.all_seconds))

    def frame(self, node: Node) -> Frame | None:
        """The source line of an instruction."""
        frame = frame_of(self.hlo, node, self.lineage)
        return (
            None if frame is None else replace(frame, column=0, end_line=frame.line, end_column=0)
        )

    def equations(self, node: Node) -> tuple[Node, ...]:
        """The equations that an instruction does the work of; () where that is not known."""
        if self.lineage is None:
            return ()
        return tuple(
            self.lineage.before.node(origin)
            for origin in self.lineage.back(node.id, TAGGED, FUSED, MERGED)
        )

    def body(self, node: Node) -> tuple[Node, ...]:
        """What a fusion does, instruction by instruction; the node itself if it is none."""
        if node.op != "fusion":
            return (node,)
        return tuple(
            inner
            for _, region_id in node.calls
            for each in self.hlo.regions[region_id].nodes
            for inner in self.body(each)
        )

    def maker(self, value: Value) -> Node | None:
        """The instruction that makes a value, looked for in fusions and across their borders."""
        node = self.hlo.get(value.node_id) if value.node_id else None
        while node is not None and node.op in ("fusion", "parameter"):
            inner = self._inside(node) if node.op == "fusion" else self._outside(node)
            node = None if inner is None or not inner.node_id else self.hlo.get(inner.node_id)
        return node

    def _inside(self, fusion: Node) -> Value | None:
        region = self.hlo.regions[fusion.calls[0][1]]
        return region.outputs[0] if region.outputs else None

    def _outside(self, parameter: Node) -> Value | None:
        region = self.hlo.home_of(parameter)
        callers = self.hlo.callers_of(region)
        place = _place(region, parameter.inputs[0])
        if len(callers) != 1 or callers[0].op != "fusion" or place is None:
            return None
        return callers[0].inputs[place] if place < len(callers[0].inputs) else None


def _place(region: Region, value: Value) -> int | None:
    return next((at for at, each in enumerate(region.inputs) if each.id == value.id), None)


def _share(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole else 0.0
