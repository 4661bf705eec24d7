"""A function that is compiled again because a setting of JAX's changed."""

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
            changes = [change for change in each.changes if change.kind == "setting"]
            if not each.is_new or not changes:
                continue
            function, change = each.call.function, changes[0]
            took = quantity(each.compile.total, "s")
            name = change.name or "of JAX's"
            yield Finding(
                hazard="recompile-config",
                harm="slow",
                headline=f"`{function.name}` was compiled again, {took}, "
                f"because setting `{name}` changed: {change.before} → {change.now}.",
                what="Some settings are part of what a program is compiled for: the precision of "
                "products, 64-bit mode, the sharding in use, and others.",
                remedy="Set it once, before the first call, or keep all calls of "
                f"`{function.name}` under the same setting.",
                frames=(each.compile.frame,) if each.compile.frame is not None else (),
                when="between runs",
                evidence=tuple(map(str, each.changes[:10])),
            )


HAZARD = Hazard("recompile-config", "Compiled again because a setting changed", "slow", _find)
