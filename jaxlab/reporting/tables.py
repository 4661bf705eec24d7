"""The tables of a recorded cell: its programs, its eager operations, its round trips."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jaxlab import _jax
from jaxlab.capture.notes import Item, Note, Repeat
from jaxlab.capture.record import Recording
from jaxlab.origin import Source, place_of
from jaxlab.quantities import quantity
from jaxlab.report import Table

if TYPE_CHECKING:
    from jaxlab.program import Program


def tables_of(program: Program) -> Iterator[Table]:
    """What a recording holds besides its graph; nothing for what was traced."""
    recording = program.recording
    if recording is None:
        return
    if program.programs:
        ran = zip(program.programs, recording.ran, strict=True)
        rows = tuple(
            (each.name, each.calls, len(each.jaxpr), place_of(note.frame, program.source))
            for each, note in ran
        )
        yield Table("Programs of yours that ran", ("program", "calls", "equations", "line"), rows)
    eager = _eager_by_line(recording, program.source)
    if eager:
        yield Table("Operations that ran one by one", ("line", "times", "operations"), eager)
    if recording.round_trips:
        trips = tuple(
            (place_of(trip.frame, program.source), trip.count, quantity(trip.bytes, "B"), trip.how)
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
        place = place_of(frames[0] if frames else None, sources)
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
