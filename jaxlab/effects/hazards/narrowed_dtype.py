"""Values that do not survive being cut from 64 bits to 32."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    told = set[tuple[object, ...]]()
    for each in seen.narrowed:
        key = each.name, each.function, each.frame
        if key in told:
            continue
        told.add(key)
        where = f"in the call of `{each.function}`" if each.function else "without a word"
        subject = f"`{each.name}`" if each.function else f"The argument of `{each.name}`"
        counts = each.before.strip("u").startswith("int")
        yield Finding(
            hazard="narrowed-dtype",
            harm="wrong result",
            headline=f"{subject} is cut from {each.before} to {each.after} {where}: {each.lost}.",
            what="JAX works with 32 bits unless it is told otherwise, and cuts 64-bit arrays of "
            "NumPy's as it takes them. It warns only where the dtype is asked for by name.",
            remedy=(
                "Use numbers that fit (offsets from a first one, for instance), "
                if counts
                else "Shift or scale the values first, in NumPy, "
            )
            + 'or turn 64 bits on before anything else: `jax.config.update("jax_enable_x64", '
            "True)`.",
            frames=(each.frame,) if each.frame is not None else (),
            when="run",
        )


HAZARD = Hazard("narrowed-dtype", "Values cut from 64 bits to 32", "wrong result", _find)
