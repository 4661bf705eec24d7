"""A Python iterator that traced code takes from: once a trace, not once a round."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import once_calls
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for call in once_calls(seen, "iterator"):
        yield Finding(
            hazard="iterator-in-loop",
            harm="wrong result",
            headline=f"`{call.name}` is a Python iterator: `{call.function}` takes from it while "
            f"JAX traces `{call.traces[0].name}`, not when the compiled program runs.",
            what="What the iterator gives during the trace becomes a constant of the program: each "
            "run, and each round of a traced loop, gets the same. The iterator has moved on.",
            remedy="Make an array of the values and loop over that: `jax.lax.scan(step, start, "
            "jnp.stack(values))`, or `xs[i]` in `fori_loop`; or give each value as an argument.",
            frames=call.frames,
        )


HAZARD = Hazard(
    "iterator-in-loop", "A Python iterator captured by traced code", "wrong result", _find
)
