"""Indices that are out of bounds: JAX clamps, fills or drops them without a word."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
from jax._src import core

from jaxlab._jax.evaluating import evaluating, results_of, without_effects
from jaxlab._jax.frames import user_frames
from jaxlab._jax.jaxprs import JAXPR_TYPES, open_jaxpr
from jaxlab.origin import Frame

_INDEXING = ("gather", "scatter", "dynamic_slice", "dynamic_update_slice")


def bounds_check(primitive: Any, params: Any) -> Callable[..., Any] | None:
    """Runs a call once more with all indices checked, by checkify; None where it has no indices.

    Raises:
      CannotEvaluate: the call has effects that must not happen twice.
    """
    from jax.experimental import checkify  # noqa: PLC0415 - for those who ask for it

    closed = params.get("jaxpr") if isinstance(params.get("jaxpr"), JAXPR_TYPES) else None
    if closed is not None:
        if not any(_indexes(name) for name in _primitives(closed)):
            return None
        calm = without_effects(closed)

        def again(*args: Any) -> Any:
            return results_of(calm, args)

    elif _indexes(primitive.name):

        def again(*args: Any) -> Any:
            return primitive.bind(*args, **params)

    else:
        return None
    return jax.jit(checkify.checkify(again, errors=checkify.index_checks))


def out_of_bounds(check: Callable[..., Any], args: Sequence[Any]) -> tuple[str, Frame | None]:
    """What is wrong with the first index that is out of bounds, and its line; "" where none is."""
    with evaluating(), core.set_current_trace(core.eval_trace), jax.disable_jit(False):
        error, _ = check(*args)
        found = error.get_exception()
        if found is None:
            return "", None
        said = " ".join(str(found).split()).rstrip(" .")
    lines = user_frames(getattr(found, "traceback_info", None))
    return said, next(iter(lines), None)


def _indexes(name: str) -> bool:
    return name in _INDEXING or name.startswith("scatter")


def _primitives(jaxpr: Any) -> Iterator[str]:
    inner, _ = open_jaxpr(jaxpr)
    for equation in inner.eqns:
        yield equation.primitive.name
        for value in equation.params.values():
            for each in value if isinstance(value, tuple | list) else (value,):
                if isinstance(each, JAXPR_TYPES):
                    yield from _primitives(each)
