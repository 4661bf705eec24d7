"""A NumPy array that is changed after it was handed to JAX, which may not have read it yet."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    if seen.checked is None:
        return
    told: set[tuple[int, str]] = set()
    for each in seen.checked.buffers:
        if (id(each.buffer), each.name) in told:
            continue
        told.add((id(each.buffer), each.name))
        names = [name for name, value in seen.namespace.items() if value is each.buffer]
        which = f"`{names[0]}`" if names else "A NumPy array"
        yield Finding(
            hazard="mutated-buffer",
            harm="wrong result",
            headline=f"{which} ({each.type}) was changed after `{each.name}` was given it.",
            what="JAX returns before it has read its arguments, and on a CPU it may use NumPy's "
            "memory as it is. A buffer that is filled anew meanwhile changes what is computed.",
            remedy=f"Give it a copy, `{each.name}({names[0] if names else 'x'}.copy())`, or wait "
            "with `jax.block_until_ready` before the buffer is filled anew.",
            frames=() if each.frame is None else (each.frame,),
            when="between runs",
        )


HAZARD = Hazard(
    "mutated-buffer",
    "A buffer changed after it was handed over",
    "wrong result",
    _find,
    option="buffers",
)
