"""What the programs, the single operations and the pauses of a cell took."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean
from typing import Any

from jaxlab import _jax
from jaxlab.capture.call_times import CallTimes, Spent
from jaxlab.origin import Frame
from jaxlab.profiling.device.events import instruction_events
from jaxlab.profiling.trace import Event
from jaxlab.readers.hlo_schema import parse

_MOST_MODULES = 200
"""Executables of single operations whose device times are looked for."""


@dataclass(frozen=True, slots=True)
class DeviceRuns:
    """The runs of one program that a trace saw.

    Attributes:
      spans: begin and end of each run, from its first instruction to its last one's end; of
        what ran without a pause, where runs are not told apart.
      busy: seconds in which an instruction was under way, of each run.
      apart: whether the runs are told apart; else what is here is all of them as one.
    """

    spans: tuple[tuple[float, float], ...]
    busy: tuple[float, ...]
    apart: bool = True

    def seconds_of(self, calls: int) -> float:
        """Seconds of one run, on average; of one call, where runs are not told apart."""
        return fmean(self.busy) if self.apart else sum(self.busy) / max(calls, 1)


@dataclass(frozen=True, slots=True)
class ProgramTimes:
    """One program of the user's, and what its calls took.

    Attributes:
      name, frame: the function's, and the line of the first call.
      executable: what ran.
      calls: how often.
      compiles: calls in which it was traced or compiled, and the seconds of that, by stage.
      host: seconds until its calls returned, all together, compiling included.
      dispatch: seconds until a call returned that had nothing to compile; None if none did.
      device: seconds of a run on the device, on average; None where no run was seen.
      seen: how many runs were.
    """

    name: str
    frame: Frame | None
    executable: Any
    calls: int
    compiles: int
    stages: Mapping[str, float]
    host: float
    dispatch: float | None
    device: float | None
    seen: int

    @property
    def device_total(self) -> float | None:
        """Seconds on the device of all calls; those that were not traced are taken to be alike."""
        return None if self.device is None else self.device * max(self.calls, 1)


@dataclass(frozen=True, slots=True)
class LineTimes:
    """Operations that ran one by one on a line: how often each, and what they took."""

    frame: Frame | None
    names: Mapping[str, int]
    host: float
    compile: float
    device: float | None

    @property
    def count(self) -> int:
        """Operations that ran."""
        return sum(self.names.values())


def runs_by_program(events: Iterable[Event]) -> dict[object, DeviceRuns]:
    """The runs that a trace saw, by the id of the program's module.

    On TPU, where events have another id, by its name too, if no other program has that.
    """
    found: dict[object, dict[object, list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    together: set[object] = set()
    named: dict[str, set[object]] = defaultdict(set)
    for each in instruction_events(events):
        if not each.beside:
            span = (each.event.start, each.event.end)
            found[each.program][each.run, each.device].append(span)
            named[each.module if each.of_tpu else ""].add(each.program)
            if each.run is None:
                together.add(each.program)
    result: dict[object, DeviceRuns] = {}
    for program, runs in found.items():
        merged = [merge(spans) for spans in runs.values()]
        busy = tuple(map(length, merged))
        if program not in together:
            ends = tuple((spans[0][0], spans[-1][1]) for spans in merged)
            result[program] = DeviceRuns(ends, busy)
        else:
            result[program] = DeviceRuns(tuple(chain.from_iterable(merged)), busy, apart=False)
    alone = {name: result[only] for name, (only, *more) in named.items() if name and not more}
    return {**alone, **result}


def runs_of(executable: Any, runs: Mapping[object, DeviceRuns]) -> DeviceRuns | None:
    """The runs of an executable; None where there are none, or nothing tells which they are."""
    if not runs:
        return None
    try:
        proto: Any = parse("HloModuleProto", _jax.hlo_proto(executable))
    except (RuntimeError, AttributeError, NotImplementedError, IndexError):
        return None
    return None if proto is None else runs.get(proto.id) or runs.get(proto.name)


def program_times(times: CallTimes, runs: Mapping[object, DeviceRuns]) -> tuple[ProgramTimes, ...]:
    """The user's jitted programs, those with the most time first."""
    by_executable: dict[int, list[Spent]] = defaultdict(list)
    for spent in times.spent.values():
        if spent.users:
            by_executable[id(spent.executable)].append(spent)
    found = [_of_one(group, runs) for group in by_executable.values()]
    return tuple(sorted(found, key=lambda each: -max(each.device_total or 0.0, each.host)))


def _of_one(group: Sequence[Spent], runs: Mapping[object, DeviceRuns]) -> ProgramTimes:
    first = group[0]
    stages: defaultdict[str, float] = defaultdict(float)
    for spent in group:
        for stage, seconds in spent.stages.items():
            stages[stage] += seconds
    calls = sum(spent.count for spent in group)
    compiles = sum(spent.compiling for spent in group)
    warm = sum(spent.seconds - spent.compiling_seconds for spent in group)
    seen = runs_of(first.executable, runs)
    return ProgramTimes(
        name=first.name,
        frame=first.frame,
        executable=first.executable,
        calls=calls,
        compiles=compiles,
        stages=dict(stages),
        host=sum(spent.seconds for spent in group),
        dispatch=warm / (calls - compiles) if calls > compiles else None,
        device=seen.seconds_of(calls) if seen else None,
        seen=len(seen.busy) if seen else 0,
    )


def line_times(times: CallTimes, runs: Mapping[object, DeviceRuns]) -> tuple[LineTimes, ...]:
    """The operations that ran one by one, by line, those that took the most time first."""
    eager = [spent for spent in times.spent.values() if not spent.users]
    eager.sort(key=lambda spent: -spent.seconds)
    known = {id(each.executable): each.executable for each in eager if each.executable is not None}
    calls: Counter[int] = Counter()
    for spent in eager:
        calls[id(spent.executable)] += spent.count
    device = {
        key: found.seconds_of(calls[key])
        for key, executable in list(known.items())[:_MOST_MODULES]
        if (found := runs_of(executable, runs)) is not None
    }
    lines: dict[tuple[str, int], list[Spent]] = defaultdict(list)
    for spent in eager:
        lines[(spent.frame.file, spent.frame.line) if spent.frame else ("", 0)].append(spent)
    found = [_line(group, device) for group in lines.values()]
    return tuple(sorted(found, key=lambda line: -max(line.host, line.device or 0.0)))


def _line(group: Sequence[Spent], device: Mapping[int, float]) -> LineTimes:
    names: Counter[str] = Counter()
    for spent in group:
        names[spent.name] += spent.count
    taken = [
        device[id(spent.executable)] * spent.count
        for spent in group
        if id(spent.executable) in device
    ]
    return LineTimes(
        frame=group[0].frame,
        names=dict(names.most_common()),
        host=sum(spent.seconds for spent in group),
        compile=sum(spent.compile_seconds for spent in group),
        device=sum(taken) if taken else None,
    )


def merge(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same moments as spans that do not touch, in order."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def length(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds of spans that do not overlap."""
    return sum(end - start for start, end in spans)


def within(
    spans: Iterable[tuple[float, float]], start: float, end: float
) -> list[tuple[float, float]]:
    """What of spans lies in a window."""
    return [(max(a, start), min(b, end)) for a, b in spans if b > start and a < end]
