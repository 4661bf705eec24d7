"""Donated arrays: memory that is not reused after all, and arrays that are gone."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from jaxlab import _jax
from jaxlab.effects.failure import Failure
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Compile, Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.quantities import quantity


def _find(seen: Seen) -> Iterator[Finding]:
    for each in seen.compiles:
        if each.call is not None and each.call.function.is_own and any(each.call.donated):
            yield from _not_reused(each, each.call)
    if seen.failure is not None and "has been deleted" in seen.failure.message:
        yield from _gone(seen, seen.failure)


def _not_reused(compiled: Compile, call: _jax.JitCall) -> Iterator[Finding]:
    """Donated arguments for which no result has the type: XLA can't put one in their place."""
    free = Counter(result.replace("~", "") for result in call.results)
    unused: list[_jax.Argument] = []
    for argument, donated in zip(call.arguments, call.donated, strict=True):
        kind = argument.type.replace("~", "")
        if donated and not free[kind]:
            unused.append(argument)
        elif donated:
            free[kind] -= 1
    if not unused:
        return
    count, size = sum(call.donated), sum(each.size for each in unused)
    names = f"`{unused[0].name}`" + (f" and {len(unused) - 1} more" if unused[1:] else "")
    yield Finding(
        hazard="donation",
        harm="slow",
        headline=f"{names} of `{call.function.name}` {'are' if unused[1:] else 'is'} donated for "
        f"nothing: no result has the type, so {quantity(size, 'B')} is not reused.",
        what="A donated array's memory is reused for a result of the same shape and dtype. Without "
        "such a result nothing is saved, and the array may not be used any more all the same.",
        remedy="Donate only what comes back in the same shape and dtype (parameters, optimiser "
        "state, caches), and take the others out of `donate_argnums` or `donate_argnames`.",
        frames=(compiled.frame,) if compiled.frame is not None else (),
        evidence=(
            f"{count - len(unused)} of {count} donated arrays can be reused",
            *(f"{each.name}: {each.type}" for each in unused[:9]),
        ),
    )


def _gone(seen: Seen, failure: Failure) -> Iterator[Finding]:
    """An array that was used after it had been donated."""
    name = next(_deleted(failure), "")
    donors = [
        each
        for each in (*seen.history.compiles, *seen.compiles)
        if each.call is not None and any(each.call.donated)
    ]
    if not donors:
        return
    donor = donors[-1]
    function = donor.call.function.name if donor.call is not None else donor.name
    calls = [each.frame for each in seen.calls if each.what == "jit" and each.name == function]
    lines: list[Frame] = [*calls[-1:], *([donor.frame] if donor.frame is not None else [])]
    said = f"`{name}`" if name else "An array"
    variable = name or "x"
    yield Finding(
        hazard="donation",
        harm="lost work",
        headline=f"{said} is used after it was donated to `{function}`: its memory is gone.",
        what="`donate_argnums` gives an argument's memory to the result. The array that was given "
        "can't be read any more, also under its other names.",
        remedy=f"Go on with the result, `{variable} = {function}({variable}, ...)`; or keep a copy "
        f"before the call, `jnp.copy({variable})`; or don't donate it.",
        frames=tuple(dict.fromkeys((failure.frame, *lines))),
        when="run",
    )


def _deleted(failure: Failure) -> Iterator[str]:
    """The names in the failing code, from within outwards, that stand for deleted arrays."""
    for piece in failure.path:
        for node in ast.walk(piece):
            value = failure.names.get(node.id) if isinstance(node, ast.Name) else None
            for leaf in _jax.leaves(value) if value is not None else ():
                if _jax.is_array(leaf) and leaf.is_deleted():
                    yield ast.unparse(node)
                    break


HAZARD = Hazard("donation", "Donated for nothing, or used after", "slow", _find)
