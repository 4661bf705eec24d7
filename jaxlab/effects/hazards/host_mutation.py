"""A variable changed inside a traced function: it changes once a trace, not once a call."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        for each in trace.mutations:
            function = each.frames[0].function.rpartition(".")[2] or trace.name
            yield Finding(
                hazard="host-mutation",
                harm="wrong result",
                headline=f"`{each.name}` is changed in `{function}` while JAX traces "
                f"`{trace.name}`: once a trace, not once a call.",
                what="Python runs during the trace only. Calls of the compiled function leave "
                f"`{each.name}` as it is.",
                remedy=f"Give `{each.name}` to `{trace.name}` as an argument and return the new "
                "value; to count or to log at each run, `jax.debug.callback`.",
                frames=(*each.frames, *trace.frames),
                evidence=(f"`{each.name}` was {each.before} and is {each.after} after the trace",),
            )


HAZARD = Hazard("host-mutation", "Changes variables at trace time only", "wrong result", _find)
