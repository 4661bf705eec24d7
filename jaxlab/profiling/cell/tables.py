"""What a report shows of a cell's times: its programs, its lines, its parts, and when they ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaxlab.charts import Timeline
from jaxlab.origin import Source, place_of
from jaxlab.profiling.cell.run import Measured
from jaxlab.profiling.cell.times import LineTimes, ProgramTimes, length, within
from jaxlab.report import Table

_ROWS = 50
_SPANS = 2_000
"""Spans of each lane of a timeline."""

_UNKNOWN = "not measured"


def programs_table(measured: Measured, sources: Sequence[Source]) -> Table:
    """The user's jitted programs: calls, compiles, dispatch and device time."""
    shown = measured.programs[:_ROWS]
    return Table(
        title=_title("Programs of yours that ran", len(shown), len(measured.programs)),
        columns=(
            *("program", "calls", "compiled", "compile time", "dispatch a call"),
            *("device a call", "device in all", "share of the wall", "line"),
        ),
        rows=tuple(
            (
                each.name,
                each.calls,
                each.compiles,
                sum(each.stages.values()),
                _known(each.dispatch),
                _known(each.device),
                _known(each.device_total),
                _known(_share(each, measured)),
                place_of(each.frame, sources),
            )
            for each in shown
        ),
        units=("", "", "", "s", "s", "s", "s", "%", ""),
        frames=tuple(each.frame for each in shown),
    )


def lines_table(measured: Measured, sources: Sequence[Source]) -> Table:
    """Operations that ran one by one, by line."""
    shown = measured.lines[:_ROWS]
    return Table(
        title=_title("Operations that ran one by one, by line", len(shown), len(measured.lines)),
        columns=("line", "times", "operations", "dispatch", "compile time", "device"),
        rows=tuple(
            (
                place_of(each.frame, sources),
                each.count,
                _listed(each),
                each.host,
                each.compile,
                _known(each.device),
            )
            for each in shown
        ),
        units=("", "", "", "s", "s", "s"),
        frames=tuple(each.frame for each in shown),
    )


def round_trips_table(measured: Measured, sources: Sequence[Source]) -> Table:
    """Values that Python asked for, and how long it waited for them."""
    trips = sorted(measured.recording.round_trips, key=lambda trip: -trip.seconds)[:_ROWS]
    return Table(
        title="Values that left JAX for Python",
        columns=("line", "times", "bytes", "waited", "how"),
        rows=tuple(
            (place_of(trip.frame, sources), trip.count, trip.bytes, trip.seconds, trip.how)
            for trip in trips
        ),
        units=("", "", "B", "s", ""),
        frames=tuple(trip.frame for trip in trips),
    )


def parts_table(measured: Measured) -> Table:
    """What the cell's time went into; the parts overlap where a device works while Python does."""
    return Table(
        "The cell's time",
        ("what", "time", "share of the wall"),
        tuple(
            (name, seconds, seconds / (measured.wall or 1.0)) for name, seconds in _parts(measured)
        ),
        units=("", "s", "%"),
    )


def _parts(measured: Measured) -> Iterator[tuple[str, float]]:
    yield "the whole cell", measured.wall
    compiled = sum(sum(each.stages.values()) for each in measured.programs)
    compiled += sum(line.compile for line in measured.lines)
    yield "tracing, lowering and compiling", compiled
    if measured.elsewhere:
        yield "the same, outside of calls", sum(measured.elsewhere.values())
    host = sum(each.host for each in measured.programs) + sum(line.host for line in measured.lines)
    yield "calls of JAX, until they returned", host
    waited = sum(trip.seconds for trip in measured.recording.round_trips)
    if waited:
        yield "Python waited for values", waited
    if measured.traced is not None:
        busy = length(within(measured.device, *measured.traced))
        whole = measured.traced[1] >= measured.wall
        where = "" if whole else f" (of the first {measured.traced[1]:.1f} s)"
        yield f"a device worked{where}", busy
        if measured.idle is not None:
            yield f"neither JAX nor a device worked{where}", measured.idle
    if measured.waiting is not None and measured.waiting > 1e-4:
        yield "after the cell, until all results were there", measured.waiting


def cell_timeline(measured: Measured) -> Timeline | None:
    """When JAX was called, and when a device worked; the longest spans where there are many."""
    calls = zip(measured.host, measured.names, strict=True)
    lanes = [("JAX called from Python", _longest((name, *span) for span, name in calls))]
    lanes.append(("device", _longest(("working", *span) for span in measured.device)))
    kept = [(at, span) for at, (_, spans) in enumerate(lanes) for span in spans]
    if not kept:
        return None
    return Timeline(
        title="The cell",
        lanes=tuple(name for name, _ in lanes),
        lane=tuple(at for at, _ in kept),
        starts=tuple(start for _, (_, start, _) in kept),
        seconds=tuple(end - start for _, (_, start, end) in kept),
        names=tuple(name for _, (name, _, _) in kept),
    )


def _longest(spans: Iterator[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    kept = sorted(spans, key=lambda span: span[1] - span[2])[:_SPANS]
    return sorted(kept, key=lambda span: span[1])


def _share(each: ProgramTimes, measured: Measured) -> float | None:
    total = each.device_total
    return None if total is None or not measured.wall else total / measured.wall


def _listed(line: LineTimes) -> str:
    shown = list(line.names.items())[:6]
    more = f" and {len(line.names) - 6} more" if len(line.names) > 6 else ""
    return ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in shown) + more


def _known(value: float | None) -> float | str:
    return _UNKNOWN if value is None else value


def _title(title: str, shown: int, all_: int) -> str:
    return title if shown == all_ else f"{title}: {shown} of {all_:,}"
