"""Files, processes and networks used inside a traced function: once a trace."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import once_calls
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for call in once_calls(seen, "file"):
        yield Finding(
            hazard="host-io",
            harm="wrong result",
            headline=f"{call.headline}.",
            what="What is read there is a constant of the compiled program, whatever the source "
            "holds later; what is written there is written once a trace.",
            remedy=f"Do it outside of `{call.traces[0].name}` and hand what was read over as an "
            "argument, or return what is to be written; from within, `jax.debug.callback` or "
            "`jax.experimental.io_callback` calls Python at each run.",
            frames=call.frames,
            how_often=call.count,
            evidence=call.evidence,
        )


HAZARD = Hazard("host-io", "Files and networks used once a trace", "wrong result", _find)
