"""A time that has the compiler's in it."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Compile, Seen
from jaxlab.effects.timings import Timing, timings
from jaxlab.finding import Finding
from jaxlab.quantities import quantity

SHARE = 0.1
"""Of a time, from which on compiling is worth a word."""


def _find(seen: Seen) -> Iterator[Finding]:
    lines: dict[tuple[str, int], list[tuple[Timing, list[Compile]]]] = {}
    for timing in timings(seen):
        place = timing.stop.frame.file, timing.stop.frame.line
        lines.setdefault(place, []).append((timing, _within(seen, timing)))
    for times in lines.values():
        timing, compiles = times[0]
        spent = sum(each.total for each in compiles)
        warm = sum(not found for _, found in times)
        if compiles and spent >= SHARE * timing.seconds and warm < 2:
            yield _finding(timing, compiles, spent)


def _within(seen: Seen, timing: Timing) -> list[Compile]:
    """What was compiled meanwhile for a call; compiling ahead of time may be what is timed."""
    return [
        each
        for each in seen.compiles
        if each.call is not None and timing.start.at <= each.at - each.total <= timing.stop.at
    ]


def _finding(timing: Timing, compiles: list[Compile], spent: float) -> Finding:
    longest = max(compiles, key=lambda each: each.total)
    call = longest.call
    name = call.function.name if call is not None else longest.name
    more = f" and {len(compiles) - 1} more" if len(compiles) > 1 else ""
    lines = (longest.frame,) if longest.frame is not None else ()
    return Finding(
        hazard="compile-in-timing",
        harm="surprise",
        headline=f"The time taken in {timing.said} has the compiling of `{name}`{more} in it: "
        f"{quantity(spent, 's')} of {quantity(timing.seconds, 's')}.",
        what="The first call of a jitted function with arguments of new types traces and compiles "
        "it. Later calls don't, so this is not what a call takes.",
        remedy="Call it once before the clock is read, with arguments of the same types: "
        f"`jax.block_until_ready({name}(...))`; or compile ahead of time, "
        f"`{name}.lower(...).compile()`.",
        frames=tuple(dict.fromkeys((*timing.frames, *lines))),
        when="run",
        evidence=tuple(f"{each.name}: {quantity(each.total, 's')}" for each in compiles[:10]),
    )


HAZARD = Hazard("compile-in-timing", "Compiling inside a time that is taken", "surprise", _find)
