"""An index that is out of bounds, which JAX clamps, fills or drops without a word."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    if seen.checked is None:
        return
    for each in seen.checked.out_of_bounds:
        line = each.line or each.frame
        place = f"Line {line.line} in `{each.name}`" if line is not None else f"In `{each.name}`"
        said = each.said.partition(": ")[2] or each.said
        frames = [frame for frame in (line, each.frame) if frame is not None]
        yield Finding(
            hazard="out-of-bounds",
            harm="wrong result",
            headline=f"{place}: {said}.",
            what="An index that is out of bounds is no error in a compiled program: reading gives "
            "the nearest element, or NaN, and writing does nothing.",
            remedy="Check where the index comes from. If it is meant, say so: "
            '`x.at[i].get(mode="fill", fill_value=0)`, `x.at[i].set(v, mode="drop")`.',
            frames=tuple(dict.fromkeys(frames)),
            when="run",
            evidence=(each.said,),
        )


HAZARD = Hazard(
    "out-of-bounds", "An index that is out of bounds", "wrong result", _find, option="bounds"
)
