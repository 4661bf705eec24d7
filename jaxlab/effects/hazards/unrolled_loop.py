"""A Python loop that a trace writes out, round by round."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.profiling.compiling.causes import unrolled_lines


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        graph = trace.graph if trace.function.traced_for == "jit" else None
        for line in unrolled_lines(graph) if graph is not None else ():
            total = len(graph) if graph is not None else 0
            yield Finding(
                hazard="unrolled-loop",
                harm="slow",
                headline=f"A Python loop in `{trace.name}` was written out {line.rounds:,} times: "
                f"one line owns {line.equations:,} of {total:,} equations.",
                what="A Python loop runs while JAX traces, and each round adds its equations to "
                "the program. Tracing, and above all compiling, takes longer with each of them.",
                remedy="Use `jax.lax.fori_loop` or `jax.lax.scan` (over stacked inputs where each "
                "round has its own), or `jax.vmap` where the rounds don't depend on each other.",
                frames=(line.frame, *trace.frames),
                evidence=(f"`{trace.name}` took its trace {trace.seconds:.2f} s",),
            )


HAZARD = Hazard("unrolled-loop", "A Python loop written out by the trace", "slow", _find)
