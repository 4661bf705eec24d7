"""Measure what runs from now on, as it stands and once: a cell, or a block."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jaxlab.capture.call_times import CallTimes
from jaxlab.capture.record import Recorder, Recording
from jaxlab.profiling.cell.times import (
    LineTimes,
    ProgramTimes,
    line_times,
    merge,
    program_times,
    runs_by_program,
    within,
)
from jaxlab.profiling.cell.trace import CellTrace
from jaxlab.profiling.clock import SYSTEM, Clock
from jaxlab.profiling.trace import Event
from jaxlab.quantities import quantity

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Measured:
    """What was measured. Moments are seconds since the cell began.

    Attributes:
      recording: what ran.
      wall: seconds that the cell took.
      waiting: seconds after it until all results were there; None where that was not waited for.
      own: seconds of `wall` that jaxlab's notes took.
      programs, lines: the programs and the single operations.
      elsewhere: seconds by stage of what was compiled outside of calls.
      events: what the trace saw.
      traced: from when to when the trace saw the devices; None where it did not.
      host: when JAX was called, and what, for as many calls as were kept.
      names: what each of `host` called.
      device: when a device worked, whatever ran there.
      idle: seconds of `traced` in which neither JAX's calls nor a device ran; None if not known.
      notes: what to know, a sentence each.
    """

    recording: Recording
    wall: float
    waiting: float | None
    own: float
    programs: tuple[ProgramTimes, ...]
    lines: tuple[LineTimes, ...]
    elsewhere: Mapping[str, float]
    events: tuple[Event, ...]
    traced: tuple[float, float] | None
    host: Spans
    names: tuple[str, ...]
    device: Spans
    idle: float | None
    notes: tuple[str, ...]


class CellRun:
    """What runs between here and `stop` is recorded, timed and traced."""

    def __init__(self, namespace: Mapping[str, Any] | None = None, clock: Clock = SYSTEM) -> None:
        """Begin. `namespace` gives the values that the cell finds their names."""
        self._clock = clock
        self._trace = CellTrace(clock)
        try:
            self._times = CallTimes(watch=self._trace.watch)
            self.recorder = Recorder(namespace, self._times)
        except BaseException:
            self._trace.end()
            raise
        self._start = clock()
        self._end: float | None = None

    def abandon(self) -> None:
        """Stop, and measure nothing."""
        self._trace.end()
        self.recorder.stop()

    def stop(self, namespace: Mapping[str, Any] | None = None, wait: bool = True) -> Measured:
        """Stop, and say what was measured.

        Args:
          namespace: gives values their names.
          wait: wait until all results are there, so that the trace sees them being computed.
        """
        end = self._clock()
        waited: float | None = None
        try:
            if wait:
                _wait_for(self.recorder.live())
                waited = self._clock() - end
        finally:
            self._trace.end()
            recording = self.recorder.stop(namespace)
        return self._measured(recording, end, waited)

    def _measured(self, recording: Recording, end: float, waited: float | None) -> Measured:
        trace, times, start = self._trace, self._times, self._start
        events, seen = trace.read()
        runs = runs_by_program(events)
        traced = (start, min(trace.ended, end + (waited or 0.0))) if events else None
        notes = [trace.why] if trace.why else []
        if seen > len(events) and events:
            notes.append(
                f"Of the trace's {seen:,} events the first {len(events):,} were read: device "
                "times are of the runs among them, and the others are taken to be alike."
            )
            traced = (start, max(event.end for event in events))
        if notes and not all(each.apart for each in runs.values()):
            runs = {}
            notes.append(
                "Device times are left out: this back end's trace does not tell calls apart, so "
                "that those in a part of the cell say nothing of one."
            )
        host = list(zip(times.starts, times.ends, strict=True))
        device = merge(span for each in runs.values() for span in each.spans)
        idle = None
        if traced is not None and len(host) == times.count:
            busy = merge([*within(host, *traced), *within(device, *traced)])
            idle = traced[1] - traced[0] - sum(b - a for a, b in busy)
        if times.own > max(0.001, 0.02 * (end - start)):
            notes.append(
                f"jaxlab's own notes took {quantity(times.own, 's')} of the cell's time, "
                f"{quantity(times.own / (times.count or 1), 's')} a call."
            )
        return Measured(
            recording=recording,
            wall=end - start,
            waiting=waited,
            own=times.own,
            programs=program_times(times, runs),
            lines=line_times(times, runs),
            elsewhere=dict(times.elsewhere),
            events=tuple(replace(event, start=event.start - start) for event in events),
            traced=None if traced is None else (traced[0] - start, traced[1] - start),
            host=tuple((a - start, b - start) for a, b in host),
            names=tuple(times.spent[kind].name for kind in times.kinds),
            device=tuple((a - start, b - start) for a, b in device),
            idle=idle,
            notes=tuple(notes),
        )


def _wait_for(arrays: list[Any]) -> None:
    """Wait until arrays are there. What fails then is for whoever reads them."""
    for each in arrays:
        try:
            if not each.is_deleted():
                each.block_until_ready()
        except Exception:  # an error of the cell's computation, whatever it is
            continue
