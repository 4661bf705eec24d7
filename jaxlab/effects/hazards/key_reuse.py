"""One PRNG key, used more than once: the same numbers again."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.keys import KeyUse, UsedKey, keys_of
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for key in seen.keys:
        yield _finding(key, "outside of any transform")
    for trace in seen.outermost:
        graph = trace.graph if trace.function.traced_for == "jit" else None
        for key in keys_of(graph) if graph is not None else ():
            if key.is_reused:
                yield _finding(key, f"in `{trace.name}`", seen.graph is graph)


def _finding(key: UsedKey, where: str, shown: bool = False) -> Finding:
    said = f"`{key.name}`" if key.name else "One key"
    looped = next((use for use in key.uses if use.in_loop), None)
    uses: list[KeyUse] = [looped] if looped is not None else key.uses[-1:] + key.uses[:-1]
    how = (
        "is used in each round of a loop"
        if looped is not None
        else f"is used {len(key.uses)} times"
    )
    name = key.name or "key"
    remedy = (
        f"Split it before the loop, `jax.random.split({name}, n)`, and loop over the keys; or make "
        f"one in each round, `jax.random.fold_in({name}, i)`."
        if looped is not None
        else f"Split it first, `{name}, sub = jax.random.split({name})`, and use each key once."
    )
    return Finding(
        hazard="key-reuse",
        harm="wrong result",
        headline=f"{said} {how} {where}: the draws are the same, or depend on each other.",
        what="A key is no generator: it has no state that moves on. The same key gives the same "
        "numbers each time, and a key that was split must not be used besides its parts.",
        remedy=remedy,
        frames=tuple(dict.fromkeys(use.frame for use in uses)),
        when="run",
        nodes=tuple(use.node for use in uses if use.node) if shown else (),
    )


HAZARD = Hazard("key-reuse", "A PRNG key used more than once", "wrong result", _find)
