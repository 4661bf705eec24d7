"""`print` inside a traced function: it runs once a trace, and shows tracers."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import once_calls
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for call in once_calls(seen, "print", "logging"):
        yield Finding(
            hazard="print-at-trace",
            harm="surprise",
            headline=f"{call.headline}.",
            what="Python runs during the trace only: later calls of the compiled function "
            "print nothing, and what is printed are tracers, not values.",
            remedy='Use `jax.debug.print("x = {}", x)`, which prints at each run.',
            frames=call.frames,
            how_often=call.count,
            evidence=call.evidence,
        )


HAZARD = Hazard("print-at-trace", "Prints at trace time only", "surprise", _find)
