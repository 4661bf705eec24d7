"""From a Program to a Report: its figures, and the sentences that say what one looks at."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from jaxlab import _jax
from jaxlab.capture.notes import Item, Note, Repeat, count_notes
from jaxlab.capture.record import Recording
from jaxlab.errors import StageError
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source
from jaxlab.overlay import Overlay
from jaxlab.quantities import quantity
from jaxlab.report import Report, Table

if TYPE_CHECKING:
    from jaxlab.program import Program

_COUNTED = {"jaxpr": "equation", "stablehlo": "operation", "hlo": "instruction"}
_TITLES = {"jaxpr": "jaxpr", "stablehlo": "StableHLO", "hlo": "optimized HLO"}


def report_on(program: Program, stage: str) -> Report:
    """Say what there is to say about one stage of a program.

    A recorded cell that can't be shown at that stage still gets a report: it says why.
    """
    try:
        graph = program.stage(stage)
    except StageError as error:
        if program.recording is None:
            raise
        return _report(program, stage, None, (), (str(error),))
    overlays = program.cost(stage)
    return _report(program, stage, graph, overlays, _what_is_shown(program, stage))


def _report(
    program: Program,
    stage: str,
    graph: Graph | None,
    overlays: tuple[Overlay, ...],
    said: tuple[str, ...],
) -> Report:
    return Report(
        title=program.name,
        headline=_headline(program, stage, graph, overlays),
        notes=(*said, *program.notes),
        graph=graph,
        overlays=overlays,
        sources=program.source if graph is not None else (),
        tables=tuple(_tables(program)),
    )


def _headline(
    program: Program, stage: str, graph: Graph | None, overlays: Sequence[Overlay]
) -> str:
    parts: list[str] = []
    recording = program.recording
    if recording is not None:
        parts.append(_plural(count_notes(recording.items), "application") + " recorded")
    if graph is not None:
        parts.append(f"{_TITLES[stage]}: {_plural(len(graph), _COUNTED[stage])}")
        for overlay in overlays:
            total = overlay.total(node.id for node in graph.main.nodes)
            if total and overlay.unit == "FLOP":
                parts.append(f"{quantity(total, overlay.unit)} ({overlay.source})")
    if program.calls:
        parts.append(f"ran {_plural(program.calls, 'time')}")
    parts += [f"{name} {quantity(spent, 's')}" for name, spent in program.seconds.items()]
    return " · ".join(parts)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _what_is_shown(program: Program, stage: str) -> tuple[str, ...]:
    if program.mode == "ran":
        return (f"This is the program that ran{_more(program)}.",) if stage == "hlo" else ()
    if program.mode == "one":
        return ("If this cell were one jitted function; it ran as separate programs.",)
    if program.mode == "jit":
        return ("The whole cell, traced and run as one jitted function.",)
    if program.recording is None:
        return ()
    if stage == "jaxpr":
        return ("What the cell applied, in order; it ran as it is, nothing was traced for this.",)
    if program.programs:
        names = ", ".join(f"{each.name} ×{each.calls}" for each in program.programs)
        if stage == "hlo":
            return (f"The programs that ran on the device: {names}.",)
        return (f"The programs of your jitted functions that ran: {names}.",)
    return (
        "If this cell were one jitted function: no jitted function of yours ran in it, its "
        "operations ran one by one.",
        *program.frozen,
    )


def _more(program: Program) -> str:
    return f", {_plural(program.calls, 'time')}" if program.calls else ""


def _tables(program: Program) -> Iterator[Table]:
    recording = program.recording
    if recording is None:
        return
    if program.programs:
        ran = zip(program.programs, recording.ran, strict=True)
        rows = tuple(
            (each.name, each.calls, len(each.jaxpr), _place(note.frame, program.source))
            for each, note in ran
        )
        yield Table("Programs of yours that ran", ("program", "calls", "equations", "line"), rows)
    eager = _eager_by_line(recording, program.source)
    if eager:
        yield Table("Operations that ran one by one", ("line", "times", "operations"), eager)
    if recording.round_trips:
        trips = tuple(
            (_place(trip.frame, program.source), trip.count, quantity(trip.bytes, "B"), trip.how)
            for trip in recording.round_trips
        )
        yield Table("Values that left JAX for Python", ("line", "times", "bytes", "how"), trips)


def _eager_by_line(
    recording: Recording, sources: Sequence[Source]
) -> tuple[tuple[str, int, str], ...]:
    lines: dict[str, Counter[str]] = {}
    for item, times in _flat(recording.items, 1):
        if item.executable is not None and _jax.is_users_jit(item.params):
            continue
        frames = _jax.user_frames(item.source_info.traceback)
        place = _place(frames[0] if frames else None, sources)
        name = item.params.get("name", item.primitive.name)
        lines.setdefault(place, Counter())[str(name)] += times
    return tuple(
        (
            place,
            counts.total(),
            ", ".join(f"{op} ×{n}" if n > 1 else op for op, n in counts.most_common(6))
            + (f" and {len(counts) - 6} more" if len(counts) > 6 else ""),
        )
        for place, counts in lines.items()
    )


def _flat(items: Sequence[Item], times: int) -> Iterator[tuple[Note, int]]:
    for item in items:
        if isinstance(item, Repeat):
            yield from _flat(item.body, times * item.count)
        else:
            yield item, times


def _place(frame: Frame | None, sources: Sequence[Source]) -> str:
    """Where a person finds a line: `cell [3] line 5: loss = …`."""
    if frame is None:
        return "(no line of yours)"
    source = next((each for each in sources if each.file == frame.file), None)
    title = source.title if source is not None else PurePath(frame.file).name
    text = source.line(frame.line).strip() if source is not None else ""
    return f"{title}:{frame.line}  {text}".rstrip()
