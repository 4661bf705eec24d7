"""What a recorded cell would be as one jitted function: how large, and what it would fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaxlab import _jax
from jaxlab.capture.build import RecordedJaxpr, size_of
from jaxlab.capture.notes import Item, Note, Repeat, first_note
from jaxlab.capture.record import Recording
from jaxlab.errors import StageError
from jaxlab.origin import Frame
from jaxlab.readers.jaxpr import jaxprs_in_order

ONE_PROGRAM_LIMIT = 20_000
"""Equations up to which a recorded cell is compiled as if it were one jitted function."""


def check_one_program(recording: Recording) -> None:
    """StageError if the cell is too large for one program, or has steps that can't be in one."""
    if not recording.items:
        raise StageError("No operation of JAX ran in this cell, so there is nothing to compile.")
    opaque = sorted(set(_opaque(recording.items)))
    if opaque:
        raise StageError(
            f"This cell can't be one jitted function: it has {', '.join(opaque)}, whose inside "
            "was not seen."
        )
    sizes: dict[int, int] = {}
    size = size_of(recording.items, lambda note: _equations_of(note, sizes))
    if size > ONE_PROGRAM_LIMIT:
        raise StageError(
            f"As one jitted function this cell would be {size:,} equations, every round of its "
            f"loops written out (the limit is {ONE_PROGRAM_LIMIT:,}). Trace one step, or write "
            "the loop with `jax.lax.scan` or `jax.lax.fori_loop`."
        )


def frozen_in(recording: Recording, recorded: RecordedJaxpr) -> tuple[str, ...]:
    """What one jitted function would fix that the cell left free, a sentence each."""
    said = [
        f"A value that left JAX by {trip.how}{_at(trip.frame)}"
        f"{_times(trip.count)}: what Python made of it is fixed."
        for trip in recording.round_trips
    ]
    for repeat in _repeats(recording.items):
        frames = _jax.user_frames(first_note(repeat).source_info.traceback)
        at = _at(frames[0] if frames else None)
        said.append(f"A loop of {repeat.count:,} rounds{at}: every round is written out.")
    if recorded.varying:
        plural = "s" if recorded.varying > 1 else ""
        said.append(
            f"{recorded.varying} operand{plural} that a loop had anew in each round: arrays are "
            "inputs, Python numbers have the first round's value."
        )
    return tuple(said)


def _at(frame: Frame | None) -> str:
    return "" if frame is None else f" (line {frame.line})"


def _times(count: int) -> str:
    return "" if count == 1 else f", {count:,} times"


def _repeats(items: Sequence[Item]) -> Iterator[Repeat]:
    for item in items:
        if isinstance(item, Repeat):
            yield item
            yield from _repeats(item.body)


def _opaque(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Repeat):
            yield from _opaque(item.body)
        elif item.primitive is _jax.COMPILED_CALL:
            yield f"a call of the compiled `{item.params['name']}`"
        elif item.primitive is _jax.EAGER_SHARD_MAP:
            yield "a `shard_map` that ran eagerly"
        elif any(_jax.is_reference(aval) for aval in item.in_avals):
            yield "mutable references"


def _equations_of(note: Note, sizes: dict[int, int]) -> int:
    closed = note.params.get("jaxpr")
    if closed is None:
        return 1
    if id(closed) not in sizes:
        sizes[id(closed)] = sum(len(jaxpr.eqns) for _, jaxpr in jaxprs_in_order(closed))
    return sizes[id(closed)]
