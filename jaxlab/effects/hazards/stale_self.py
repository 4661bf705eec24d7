"""A compiled method knows an attribute's value that `self` no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.hazards.stale_read import finding_of
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    for each in seen.stale:
        if each.read.owner is not None:
            yield finding_of(
                each,
                "stale-self",
                f"Pass `{each.read.name}` to `{each.function}` as an argument, or make the class a "
                "pytree (`jax.tree_util.register_dataclass`) and pass the object itself; then it "
                "is not static.",
            )


HAZARD = Hazard("stale-self", "A compiled method keeps an old attribute", "wrong result", _find)
