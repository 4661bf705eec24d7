"""`print` inside a traced function: it runs once a trace, and shows tracers."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.traces:
        for call in trace.host_calls:
            if call.kind not in ("print", "logging"):
                continue
            yield Finding(
                hazard="print-at-trace",
                harm="surprise",
                headline=f"`{call.name}` in `{_short(call.frame)}` runs while JAX traces "
                f"`{trace.name}`, not when the compiled program runs.",
                what="Python runs during the trace only: later calls of the compiled function "
                "print nothing, and what is printed are tracers, not values.",
                remedy='Use `jax.debug.print("x = {}", x)`, which prints at each run.',
                frames=(call.frame, *trace.frames),
                how_often=call.count,
                evidence=(f"called {call.count:,} times while `{trace.name}` was traced",),
            )


def _short(frame: Frame) -> str:
    return frame.function.rpartition(".")[2] or "this code"


HAZARD = Hazard("print-at-trace", "Prints at trace time only", "surprise", _find)
