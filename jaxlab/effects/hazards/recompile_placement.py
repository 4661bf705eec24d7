"""A function that is compiled again because an argument lies elsewhere; JAX is silent on it."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.reasons import programs_by_function
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.quantities import quantity


def _find(seen: Seen) -> Iterator[Finding]:
    for programs in programs_by_function(seen):
        for each in programs:
            changes = [change for change in each.changes if change.kind == "placement"]
            if not each.is_new or not changes or len(changes) < len(each.changes):
                continue
            function, change = each.call.function, changes[0]
            took = quantity(each.compile.total, "s")
            more = f", and {len(changes) - 1} more" if len(changes) > 1 else ""
            yield Finding(
                hazard="recompile-placement",
                harm="slow",
                headline=f"`{function.name}` was compiled again, {took}: "
                f"argument `{change.name}` was {change.before}, now it is {change.now}{more}.",
                what="A compiled program is for arguments that lie where they lay, and an array "
                "that was put on a device (`jax.device_put`, a result of such a one) is another "
                "case than one that JAX was free to place. JAX does not say so.",
                remedy=f"Place `{change.name}` the same way in every call: put it on its device or "
                "give it its sharding once, before the first call.",
                frames=(each.compile.frame,) if each.compile.frame is not None else (),
                when="between runs",
                evidence=tuple(map(str, changes[:10])),
            )


HAZARD = Hazard(
    "recompile-placement", "Compiled again because an argument lies elsewhere", "slow", _find
)
