"""How much memory is in use while a program runs, step by step, and what is alive at the peak.

XLA's assignment says where each value is, the schedule says when. Nothing is run. Arguments and
constants are there all the time. A value of the program is there from the step that makes it to
the last step that reads it, a result to the end. XLA reserves the temporaries in one piece for
the whole run: what is in use at the peak is at most that piece, and less where it has gaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from jaxlab.charts import Curve
from jaxlab.collection import collector_paused
from jaxlab.graph import Graph, Node
from jaxlab.overlay import Overlay
from jaxlab.profiling.memory.buffers import Allocation, Assignment, Buffer
from jaxlab.profiling.memory.holders import NOTHING, Held, holders_of
from jaxlab.profiling.memory.schedule import Schedule, schedule_of
from jaxlab.quantities import quantity

_POINTS = 2_000
"""Points of a curve: a report has to stay small, and a screen is no wider."""


@dataclass(frozen=True, slots=True)
class Alive:
    """What holds memory at the peak.

    Attributes:
      size: bytes.
      kind: "argument", "output", "constant" or "temporary".
      node: the instruction that made it; "" where it is not known.
      index: which part of that instruction's tuple it is; () for the whole.
    """

    size: int
    kind: str
    node: str
    index: tuple[int, ...] = ()


@dataclass(frozen=True)
class LiveBytes:
    """The memory in use over a program's schedule, on one device.

    Attributes:
      steps: the instruction that runs at each step; a loop's body is there once.
      values: bytes in use at each step.
      fixed: the part of it that is there all the time: arguments and constants.
      peak_step: the first step at which most is in use.
      alive: what is in use then, the largest first.
      notes: sentences on what is not known.
    """

    steps: tuple[str, ...]
    values: tuple[int, ...]
    fixed: int
    peak_step: int
    alive: tuple[Alive, ...]
    notes: tuple[str, ...] = ()

    @property
    def peak(self) -> int:
        """Bytes in use at the peak."""
        return self.values[self.peak_step] if self.values else self.fixed

    @property
    def peak_node(self) -> str:
        """The instruction that runs at the peak; "" for a program without any."""
        return self.steps[self.peak_step] if self.steps else ""

    def bytes(self, kind: str) -> int:
        """What a kind of memory takes of the peak."""
        return sum(each.size for each in self.alive if each.kind == kind)

    def curve(self) -> Curve:
        """The bytes in use over the schedule; of a long one, the largest of every few steps."""
        every = -(-len(self.values) // _POINTS)
        title = "Live bytes over the schedule"
        places = range(len(self.values))
        if every > 1:
            title += f", the most of every {every} steps"
            starts = range(0, len(self.values), every)
            places = [max(places[at : at + every], key=self.values.__getitem__) for at in starts]
        values = tuple(float(self.values[place]) for place in places)
        nodes = tuple(self.steps[place] for place in places)
        return Curve(title, "B", "read", "instruction", values, "hlo", nodes)

    def overlay(self) -> Overlay:
        """Bytes that each instruction's result has at the peak."""
        held: dict[str, float] = {}
        for each in self.alive:
            if each.node:
                held[each.node] = held.get(each.node, 0) + each.size
        return Overlay("live at the peak", "B", "read", held)


@collector_paused()
def live_bytes(graph: Graph, assignment: Assignment) -> LiveBytes:
    """Follow the memory in use over the schedule of an HLO module.

    Only the device's own memory is followed; a note says what is elsewhere. A region that several
    instructions enter is followed at the first of them, as XLA does.
    """
    schedule = schedule_of(graph)
    spans = _spans(graph, assignment, schedule)
    here = [each for each in assignment.allocations if not each.memory_space]
    fixed = [each for each in here if each.kind in ("argument", "constant")]
    moving = [each for each in here if each.kind in ("output", "temporary")]
    stays = sum(each.size for each in fixed)
    stretches = [held for each in moving for held in _stretches(each, spans)]
    values = _sum_over(len(schedule.steps), stays, stretches)
    peak = values.index(max(values)) if values else 0
    alive = [_fixed_alive(graph, each) for each in fixed]
    alive += [
        Alive(buffer.size, kind, _maker(graph, buffer), buffer.index)
        for first, last, buffer, kind in stretches
        if first <= peak <= last
    ]
    alive.sort(key=lambda each: -each.size)
    return LiveBytes(
        schedule.steps,
        tuple(values),
        stays,
        peak,
        tuple(each for each in alive if each.size),
        _notes(graph, assignment, schedule),
    )


def _notes(graph: Graph, assignment: Assignment, schedule: Schedule) -> tuple[str, ...]:
    notes: list[str] = []
    elsewhere = Counter[int]()
    for each in assignment.allocations:
        if each.memory_space and each.kind != "local":
            elsewhere[each.memory_space] += each.size
    notes += [
        f"{quantity(size, 'B')} are in memory space {space}, which the curve leaves out."
        for space, size in sorted(elsewhere.items())
    ]
    if not graph.facts.get("is_scheduled"):
        notes.append("The module has no schedule: steps are in the order it is written in.")
    if schedule.entered_again:
        notes.append(
            f"{len(schedule.entered_again)} calls enter a computation that another one entered "
            "before: its memory is counted at the first call."
        )
    return tuple(notes)


def _spans(
    graph: Graph, assignment: Assignment, schedule: Schedule
) -> Mapping[int, tuple[int, int]]:
    """The first and the last step at which each buffer is needed, by its id."""
    held = holders_of(graph, assignment)
    at = {node_id: step for step, node_id in enumerate(schedule.steps)}
    first: dict[int, int] = {}
    for buffer in assignment.buffers():
        if buffer.node in at:
            first[buffer.id] = _made_at(graph, buffer.node, at, schedule)
    last = dict(first)

    def needed(ids: Iterable[int], step: int) -> None:
        for key in ids:
            if key in last and last[key] < step:
                last[key] = step

    for node_id, step in at.items():
        node = graph.node(node_id)
        for value in node.inputs:
            read = _read_of(node, held.get(value.node_id, NOTHING))
            needed(read, _read_at(graph, node, step, schedule))
    for region_id, (_, end) in schedule.spans.items():
        for value in graph.regions[region_id].outputs:
            for ids in held.get(value.node_id, NOTHING).values():
                needed(ids, end - 1)
    return {key: (step, last[key]) for key, step in first.items()}


def _made_at(graph: Graph, node_id: str, at: Mapping[str, int], schedule: Schedule) -> int:
    """When a buffer is made: what a computation is given is there when it starts."""
    if graph.node(node_id).op == "parameter":
        return schedule.spans[graph.home_of(node_id).id][0]
    return at[node_id]


def _read_at(graph: Graph, node: Node, step: int, schedule: Schedule) -> int:
    """When an instruction has read its operands: a loop, when its body starts."""
    if node.op != "while":
        return step
    body = dict(node.calls).get("body", "")
    return schedule.spans[body][0] if body in schedule.spans else step


def _read_of(node: Node, operand: Held) -> Iterable[int]:
    """The buffers of an operand that an instruction reads, and not only hands on."""
    if node.op == "tuple":
        return ()
    if node.op in ("get-tuple-element", "copy"):
        return operand.get((), ())
    return [key for ids in operand.values() for key in ids]


_Stretch = tuple[int, int, Buffer, str]
"""First step, last step, and the buffer that is there in between, with its allocation's kind."""


def _stretches(allocation: Allocation, spans: Mapping[int, tuple[int, int]]) -> list[_Stretch]:
    """When which buffer holds a part of an allocation; where several do so at once, the largest.

    Values that XLA keeps in one place, as the states of a loop, have the same offset.
    """
    by_offset: dict[int, list[tuple[int, int, Buffer]]] = {}
    for buffer in allocation.buffers:
        if buffer.id in spans:
            by_offset.setdefault(buffer.offset, []).append((*spans[buffer.id], buffer))
    return [
        (*stretch, allocation.kind)
        for held in by_offset.values()
        for stretch in _largest_of(sorted(held, key=lambda each: each[:2]))
    ]


def _largest_of(held: list[tuple[int, int, Buffer]]) -> Iterable[tuple[int, int, Buffer]]:
    """Cut spans that overlap so that at each step there is one, that of the largest buffer.

    Of equally large ones it is the first made, which is the one that says most: what comes later
    is the same memory, handed on.
    """
    waiting: list[tuple[int, int, int, Buffer]] = []  # the largest first, then the first made
    edges = sorted({step for first, last, _ in held for step in (first, last + 1)})
    place = 0
    for edge, following in pairwise(edges):
        while place < len(held) and held[place][0] == edge:
            _, last, buffer = held[place]
            heappush(waiting, (-buffer.size, place, last, buffer))
            place += 1
        while waiting and waiting[0][2] < edge:
            heappop(waiting)
        if waiting:
            yield edge, following - 1, waiting[0][3]


def _sum_over(steps: int, stays: int, stretches: Iterable[_Stretch]) -> list[int]:
    change = [0] * (steps + 1)
    for first, last, buffer, _ in stretches:
        change[first] += buffer.size
        change[last + 1] -= buffer.size
    values: list[int] = []
    total = stays
    for each in change[:-1]:
        total += each
        values.append(total)
    return values


def _maker(graph: Graph, buffer: Buffer) -> str:
    """The instruction to name for a buffer: of a loop's state, the loop."""
    node = graph.get(buffer.node)
    if node is None or node.op != "parameter":
        return buffer.node
    callers = graph.callers_of(graph.home_of(node))
    return callers[0].id if callers else buffer.node


def _fixed_alive(graph: Graph, allocation: Allocation) -> Alive:
    """The argument or the constant that an allocation is made for; results may follow it there."""
    own = {
        node.op: buffer
        for buffer in reversed(allocation.buffers)
        if (node := graph.get(buffer.node)) is not None
    }
    found = own.get("parameter" if allocation.kind == "argument" else "constant")
    node, index = (found.node, found.index) if found is not None else ("", ())
    return Alive(allocation.size, allocation.kind, node, index)
