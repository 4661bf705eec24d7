"""A clock read inside a traced function: its time is part of the program for good."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import once_calls
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for call in once_calls(seen, "clock"):
        yield Finding(
            hazard="host-clock",
            harm="wrong result",
            headline=f"{call.headline}: each run gets the same value.",
            what="Python runs during the trace only. What it reads there, a time or an id, is a "
            "constant of the compiled program; a time taken there is that of tracing.",
            remedy=f"Call `{call.name}` outside of `{call.traces[0].name}` and hand its value "
            "over as an argument; to time a call, read the clock before it and after "
            "`jax.block_until_ready(result)`.",
            frames=call.frames,
            how_often=call.count,
            evidence=call.evidence,
        )


HAZARD = Hazard("host-clock", "A clock that stands still", "wrong result", _find)
