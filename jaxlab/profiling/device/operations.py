"""Where a device's time went, instruction by instruction, from the profiler's events.

Self time: each moment in which the device worked goes to the innermost instructions under way
then, in equal parts where several ran at once. So the self times of one run add up to the time
in which the device was busy, whatever runs side by side. Copies that a TPU makes beside its work
have no part in it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

from jaxlab.analyses.trips import known_trip_count
from jaxlab.graph import Graph
from jaxlab.profiling.device.events import (
    InstructionEvent,
    instruction_events,
    of_program,
)
from jaxlab.profiling.trace import Event

_NOT_RUN = frozenset(
    (
        *("parameter", "constant", "iota", "partition-id", "replica-id"),
        *("tuple", "get-tuple-element", "bitcast", "after-all", "add-dependency"),
        *("opt-barrier", "domain"),
    )
)
"""Instructions that only name a value: no back end runs anything for them."""

_NO_LETTER = re.compile(r"\W")

_SEQUENTIAL = frozenset(("while", "call", "conditional", "async-start"))
"""Instructions whose computations hold instructions that run one by one."""


class Span(NamedTuple):
    """One run of one instruction: when, on which line, in seconds since its program's run began.

    `node` is "" where nothing tells the instruction; `beside` as in `InstructionEvent`.
    """

    node: str
    start: float
    seconds: float
    line: str
    beside: bool = False


@dataclass(frozen=True)
class Operations:
    """Device times of a program's instructions; each figure is for one run, on average.

    Attributes:
      runs: how many runs were seen, those on several devices one by one.
      device: seconds from the first instruction's start to the last one's end, of each run.
      busy: seconds in which at least one instruction was under way.
      seconds: self time per node id: the sum over all nodes, and `unassigned`, is `busy`.
      inclusive: time per node id with the self times of all that ran inside it.
      counts: how often each node ran, where that is known: from its events, or from the trip
        counts that XLA wrote at the loops round it.
      spans: each instruction of the run whose device time is the median one.
      unmeasured: nodes that must have run, and of which the profiler has no event of their own,
        each with the id of the node whose event covers them ("" where none does).
      covering: the nodes whose event is the only one of all that runs in them, as of a small
        loop, each with the nodes inside it; under "" those that `unassigned` is the time of.
      unassigned: seconds of what names no instruction: a CUDA graph, which is one event.
      by_kernel: nodes known by their kernel's name alone, as in a CUDA graph. Instructions with
        equal code share a kernel: the time of all is at one of them.
      lost: events of this program that name no instruction of it, by name.
    """

    runs: int
    device: tuple[float, ...]
    busy: float
    seconds: Mapping[str, float]
    inclusive: Mapping[str, float]
    counts: Mapping[str, float]
    spans: tuple[Span, ...]
    unmeasured: Mapping[str, str]
    lost: Mapping[str, int]
    covering: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    unassigned: float = 0.0
    by_kernel: frozenset[str] = frozenset()

    @property
    def taken(self) -> Mapping[str, float]:
        """Self times per node id, with those of `unassigned` under ""."""
        return {**self.seconds, "": self.unassigned} if self.unassigned else self.seconds

    @property
    def device_median(self) -> float:
        """Seconds from a run's first instruction to the end of its last, in the middle run."""
        return median(self.device) if self.device else 0.0

    @property
    def covered(self) -> float:
        """The share of the device's time that instructions account for, from 0 to 1."""
        total = fmean(self.device) if self.device else 0.0
        return (self.busy - self.unassigned) / total if total else 0.0


def operations_of(events: Iterable[Event], graph: Graph, calls: int = 1) -> Operations:
    """The device times of one program's instructions.

    Args:
      events: of one trace, in which the program may have run several times.
      graph: its optimized HLO; `facts["module_id"]` is what events call `program_id`.
      calls: how often it ran, for a trace that does not tell the runs apart, as of a GPU without
        our annotations: of those there are sums, and neither spans nor times from end to end.
    """
    found = of_program(instruction_events(events), graph.facts.get("module_id"), graph.name)
    runs, by_kernel, lost = _spans_by_run(found, graph)
    around = graph.derived(_around)
    spread = _spread_over_threads(graph, {span.node for spans in runs.values() for span in spans})
    seconds: defaultdict[str, float] = defaultdict(float)
    inclusive: defaultdict[str, float] = defaultdict(float)
    events_of: Counter[str] = Counter()
    device: list[float] = []
    kept: list[tuple[Span, ...]] = []
    for spans in runs.values():
        spans.sort(key=lambda span: (span.start, -span.seconds))
        whole = _extended(_continued(spans, spread), around)
        begin = whole[0].start
        device.append(max(span.start + span.seconds for span in whole) - begin)
        kept.append(tuple(span._replace(start=span.start - begin) for span in whole))
        working = [span for span in whole if not span.beside]
        for node, outer, taken in _self_times(working, around):
            seconds[node] += taken
            for each in (node, *outer):
                inclusive[each] += taken
        events_of.update(span.node for span in working if span.node)
    number = len(runs)
    apart = all(run is not None for run, _ in runs)
    if not apart:
        devices = len({each for _, each in runs})
        number = calls * devices
        device, kept = [sum(seconds.values()) / number] * number, []
    busy = sum(seconds.values()) / number if number else 0.0
    unassigned = seconds.pop("", 0.0) / number if number else 0.0
    inclusive.pop("", None)
    unmeasured = _unmeasured(graph, set(events_of), around) if number else {}
    return Operations(
        runs=number,
        device=tuple(device),
        busy=busy,
        seconds=_each(seconds, number),
        inclusive=_each(inclusive, number),
        counts=_counts(graph, _each(events_of, number)) if number else {},
        spans=_typical(device, kept),
        unmeasured=unmeasured,
        lost=dict(lost),
        covering=_covering(unmeasured, set(events_of), around, unassigned, graph),
        unassigned=unassigned,
        by_kernel=frozenset(by_kernel),
    )


def _spans_by_run(
    events: Iterable[InstructionEvent], graph: Graph
) -> tuple[dict[tuple[object, object], list[Span]], set[str], Counter[str]]:
    """Spans by run and device; nodes that only their kernels name; names that nothing has."""
    nodes = graph.derived(_nodes_by_name)
    runs: dict[tuple[object, object], list[Span]] = defaultdict(list)
    by_kernel: set[str] = set()
    lost: Counter[str] = Counter()
    for _, _, run, device, name, event, beside in events:
        node = nodes.get(name)
        if node is None and event.on_device:
            node = graph.derived(_nodes_by_kernel).get(event.name, "")
            by_kernel |= {node} if node else set()
        if not node:
            lost[name or event.name] += 1
        if node is not None:
            line = f"{event.plane} {event.line}"
            runs[run, device].append(Span(node, event.start, event.seconds, line, beside))
    return runs, by_kernel, lost


def _each(totals: Mapping[str, float], runs: int) -> dict[str, float]:
    return {node: total / runs for node, total in totals.items()}


def _typical(device: Sequence[float], kept: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    if not kept:
        return ()
    middle = median(device)
    return min(zip(device, kept, strict=True), key=lambda pair: abs(pair[0] - middle))[1]


def _nodes_by_name(graph: Graph) -> dict[str, str]:
    """Node ids by the names of instructions, which are unique in a module."""
    return {node.outputs[0].name: node.id for node in graph.nodes() if node.outputs}


def _nodes_by_kernel(graph: Graph) -> dict[str, str]:
    """Node ids by the names of the kernels that XLA makes for them, where one node has it alone."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, node_id in graph.derived(_nodes_by_name).items():
        found[_NO_LETTER.sub("_", name)].append(node_id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _around(graph: Graph) -> dict[str, tuple[str, ...]]:
    """The nodes whose computations each node runs in, the outermost first."""
    found: dict[str, dict[str, None]] = {graph.entry: {}}
    waiting = [graph.entry]
    while waiting:
        region_id = waiting.pop()
        for node in graph.regions[region_id].nodes:
            for _, called in node.calls:
                outer = found[region_id] | {node.id: None}
                if called in graph.regions and not outer.keys() <= found.get(called, {}).keys():
                    found[called] = found.get(called, {}) | outer
                    waiting.append(called)
    chains = {region_id: tuple(outer) for region_id, outer in found.items()}
    return {
        node.id: chains.get(region.id, ())
        for region in graph.regions.values()
        for node in region.nodes
    }


def _spread_over_threads(graph: Graph, ran: Iterable[str]) -> frozenset[str]:
    """Of these nodes, those that XLA for CPUs splits into parts for several threads, as it notes.

    Only nodes that ran are asked: to read the params of all takes longer than the rest.
    """
    return frozenset(
        node_id
        for node_id in ran
        if node_id
        and "outer_dimension_partitions"
        in str(graph.node(node_id).params.get("backend_config", ""))
    )


def _continued(spans: Sequence[Span], spread: frozenset[str]) -> list[Span]:
    """Spans in order; what other threads go on with lasts until the next one begins.

    Of an instruction in parts the event ends with the part of the thread that began it.
    """
    found = list(spans)
    latest = 0.0
    for at, (span, following) in enumerate(pairwise(spans)):
        latest = max(latest, span.start + span.seconds)
        if span.node in spread and following.start > latest:
            found[at] = span._replace(seconds=following.start - span.start)
    return found


def _extended(spans: Sequence[Span], around: Mapping[str, tuple[str, ...]]) -> list[Span]:
    """Spans in order, those of loops and calls as long as what runs inside them.

    A loop that has handed its work to other threads reports only the time until it did so.
    """
    ends = [span.start + span.seconds for span in spans]
    latest: dict[str, int] = {}
    for at, span in enumerate(spans):
        for outer in around.get(span.node, ()):
            if outer in latest:
                ends[latest[outer]] = max(ends[latest[outer]], ends[at])
        latest[span.node] = at
    return [span._replace(seconds=end - span.start) for span, end in zip(spans, ends, strict=True)]


def _self_times(
    spans: Sequence[Span], around: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Each moment's seconds, for the innermost nodes under way in it, in equal parts.

    Each comes with the nodes round it that are under way too.
    """
    turns = sorted(
        [(span.start, 1, span.node) for span in spans]
        + [(span.start + span.seconds, 0, span.node) for span in spans]
    )
    running: dict[str, int] = {}
    innermost: list[tuple[str, tuple[str, ...]]] = []
    before = 0.0
    for moment, begins, node in turns:
        if innermost and moment > before:
            share = (moment - before) / len(innermost)
            for each, outer in innermost:
                yield each, outer, share
        before = moment
        under_way = running.get(node, 0) + (1 if begins else -1)
        if under_way:
            running[node] = under_way
        else:
            del running[node]
        outside = {
            inner: tuple(filter(running.__contains__, around.get(inner, ()))) for inner in running
        }
        outer = {each for found in outside.values() for each in found}
        innermost = [(each, outside[each]) for each in running if each not in outer]


def _counts(graph: Graph, events: Mapping[str, float]) -> dict[str, float]:
    """How often each node ran: as often as its computation did.

    One run of an instruction may be several events (a sort's copy and the sort). So the events
    of a computation's rarest instruction count, unless XLA knows the trip count of its loop.
    """
    times: dict[str, float | None] = {graph.entry: 1.0}
    counts: dict[str, float] = {}
    waiting = [graph.entry]
    while waiting:
        region = graph.regions[waiting.pop()]
        often = times[region.id]
        for node in region.nodes:
            if often is not None and (node.id in events or node.op not in _NOT_RUN):
                counts[node.id] = often
            if node.op not in _SEQUENTIAL:
                continue
            for role, called in node.calls:
                if called in graph.regions and called not in times:
                    trips = known_trip_count(node) if node.op == "while" else 1.0
                    inside = _rarest(graph, called, events)
                    if role == "condition" or node.op == "conditional" or trips is None:
                        times[called] = inside
                    else:
                        times[called] = inside if often is None else often * trips
                    waiting.append(called)
    return counts


def _rarest(graph: Graph, region_id: str, events: Mapping[str, float]) -> float | None:
    seen = [events[node.id] for node in graph.regions[region_id].nodes if node.id in events]
    return min(seen, default=None)


def _unmeasured(
    graph: Graph, measured: set[str], around: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Nodes that ran without an event of their own, and the node whose event covers each.

    What a start began, its done ends: where only the start has an event, it covers both.

    Of the branches of a conditional, those in which nothing was seen are taken not to have run.
    """
    found: dict[str, str] = {}
    waiting = [graph.entry]
    seen = set(waiting)
    while waiting:
        region = graph.regions[waiting.pop()]
        for node in region.nodes:
            if node.id not in measured and node.op not in _NOT_RUN:
                starts = [value.node_id for value in node.inputs if node.op.endswith("-done")]
                covers = (
                    each for each in (*starts, *reversed(around[node.id])) if each in measured
                )
                found[node.id] = next(covers, "")
            if node.op in _SEQUENTIAL:
                inside = {called for _, called in node.calls if called in graph.regions} - seen
                if node.op == "conditional":
                    inside = {
                        called
                        for called in inside
                        if any(inner.id in measured for inner in graph.regions[called].nodes)
                    }
                seen |= inside
                waiting += inside
    return found


def _covering(
    unmeasured: Mapping[str, str],
    measured: set[str],
    around: Mapping[str, tuple[str, ...]],
    unassigned: float,
    graph: Graph,
) -> dict[str, tuple[str, ...]]:
    """Nodes that were measured in one piece, with what runs in them; see `Operations`."""
    parts = {outer for node in measured for outer in around[node]}
    found: dict[str, list[str]] = defaultdict(list)
    for node_id, cover in unmeasured.items():
        in_one_piece = cover in around[node_id] and cover not in parts
        if (in_one_piece or (not cover and unassigned)) and (
            graph.node(node_id).op not in _SEQUENTIAL
        ):
            found[cover].append(node_id)
    return {cover: tuple(nodes) for cover, nodes in found.items()}
