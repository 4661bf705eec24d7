"""Settings that are changed after JAX has read them: they do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame

_MOST_LINES = 5


def _find(seen: Seen) -> Iterator[Finding]:
    for name in seen.late:
        at_import = name.startswith(("JAX_", "TF_CPP_"))
        when = "when it is imported" if at_import else "when it first asks for a device"
        option = name.lower() if name.startswith("JAX_") else ""
        now = f'`jax.config.update("{option}", ...)` works at any time; or s' if option else "S"
        if name.endswith(("PLATFORMS", "NUM_CPU_DEVICES")):
            now = "S"
        kind = "" if name.islower() else "The variable "
        yield Finding(
            hazard="late-flags",
            harm="surprise",
            headline=f"{kind}`{name}` was changed after JAX had read it: it does nothing.",
            what=f"JAX reads it once, {when}. What is running keeps what it had then.",
            remedy=f"{now}et it before JAX is imported: restart the kernel, and set it in the "
            "first cell (of a shell: before Python starts).",
            frames=tuple(_lines(seen, name)),
            when="between runs",
        )


def _lines(seen: Seen, name: str) -> Iterator[Frame]:
    """The lines that name it."""
    found = 0
    for source in seen.sources.values():
        for number, line in enumerate(source.text.splitlines(), 1):
            if name in line and found < _MOST_LINES:
                found += 1
                yield Frame(source.file, number)


HAZARD = Hazard("late-flags", "A setting that comes too late", "surprise", _find)
