"""The same function, made and compiled anew again and again."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab import _jax
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Compile, Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.quantities import quantity

FEW = 3
"""Compiles of one function's text in one cell from which it is no accident."""

_REMEDIES = {
    "lambda": "Give the lambda to `jax.jit` once, outside of the loop or function that calls it.",
    "partial": "Make the `partial` and its `jax.jit` once, or let its values be arguments.",
    "method": "Jit the method in the class, with `@functools.partial(jax.jit, static_argnums=0)`, "
    "or keep `jax.jit(self.method)` as an attribute.",
}


def _find(seen: Seen) -> Iterator[Finding]:
    groups: dict[tuple[object, ...], list[tuple[Compile, _jax.JitCall]]] = {}
    for compiled in seen.compiles:
        call = compiled.call
        if call is not None and call.function.is_own:
            function = call.function
            types = tuple(argument.type for argument in call.arguments)
            key = (function.file, function.line, function.name, function.text, function.bound)
            groups.setdefault((*key, types), []).append((compiled, call))
    for group in groups.values():
        objects = {id(call.function.reference) for _, call in group}
        if len(objects) < FEW or len(objects) < len(group):
            continue
        (first, _), (last, call) = group[0], group[-1]
        function = call.function
        wasted = sum(compiled.total for compiled, _ in group) - first.total
        defined = Frame(function.file, function.line, function.name)
        remedy = f"Define `{function.name}` and jit it once, outside of what is called repeatedly."
        yield Finding(
            hazard="recompile-function",
            harm="slow",
            headline=f"`{function.name}` was made and compiled {len(group)} times for the same "
            f"types, {quantity(wasted, 's')} more than once would take.",
            what="JAX keeps what it compiled by the function object. One that is made anew at "
            "each call, with the same text, is another function to it.",
            remedy=_REMEDIES.get(function.kind, remedy),
            frames=tuple(frame for frame in (last.frame, defined) if frame is not None),
            when="between runs",
            how_often=len(group),
            evidence=(f"{len(objects)} function objects from one line of source",),
        )


HAZARD = Hazard("recompile-function", "A new function object at each call", "slow", _find)
