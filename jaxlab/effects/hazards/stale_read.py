"""A compiled program knows a value that its variable no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen, Stale
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for each in seen.stale:
        if each.read.owner is None:
            yield finding_of(
                each,
                "stale-read",
                f"Pass `{each.read.name}` to `{each.function}` as an argument; if it has to be a "
                "Python value there, one of `static_argnums`.",
            )


def finding_of(stale: Stale, hazard: str, remedy: str) -> Finding:
    """What there is to say of a program that knows an old value."""
    read = stale.read
    return Finding(
        hazard=hazard,
        harm="wrong result",
        headline=f"The compiled `{stale.function}` still has {read.then.said} for `{read.name}`, "
        f"which is {stale.now} now.",
        what=f"`{read.name}` was read while JAX traced `{stale.function}`, and its value is part "
        "of the compiled program. A call with arguments of the same shapes and types runs that "
        "program again.",
        remedy=remedy,
        frames=(read.frame, stale.frame),
        when="between runs",
        evidence=(f"traced with {read.then.said}, called with {stale.now}",),
    )


HAZARD = Hazard("stale-read", "A compiled program keeps an old value", "wrong result", _find)
