"""A call that gives something else when it is not compiled: it hides a side effect."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.errors import cut
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    twice = seen.twice
    if twice is None or not twice.differs:
        return
    where = f" at `{cut(twice.where, 60)}`" if twice.where else ""
    yield Finding(
        hazard="differs-without-jit",
        harm="wrong result",
        headline=f"`{twice.name}` gives {cut(twice.compiled, 40)} compiled and "
        f"{cut(twice.plain, 40)} without `jit`{where}.",
        what="What Python does in a compiled function happened once, when it was traced. Without "
        "`jit` it happens now. Where the two differ, the function depends on more than its "
        "arguments: a global, a clock, random numbers, its own earlier calls.",
        remedy="Pass what it reads as an argument and return what it changes. The other findings "
        "say which lines do so.",
        when="run",
        evidence=(f"largest relative difference: {twice.largest:.3g}",),
    )


HAZARD = Hazard(
    "differs-without-jit", "Another result without jit", "wrong result", _find, option="twice"
)
