"""Trace a call as `jax.jit` would: abstractly, without running it on values."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax

from jaxlab import _jax
from jaxlab.errors import InputError, cut


def trace_call(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    static: Sequence[str] = (),
) -> jax.stages.Traced:
    """Trace `function(*args, **kwargs)` and give JAX's own Traced.

    Args:
      function: plain, jitted, or any composition of transforms; a bound method or a partial.
      args, kwargs: as for the call. `jax.ShapeDtypeStruct`s stand for arrays that need not
        exist. Leaves that JAX can't take (functions, strings) are held fixed.
      static: names of arguments that are held fixed, as `static_argnames` of `jax.jit`.

    Raises:
      InputError: the function can't be called, or a name in `static` is none of its arguments.
    """
    jitted, args, kwargs = jitted_call(function, args, kwargs, static)
    return jitted.trace(*args, **kwargs)


def jitted_call(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    static: Sequence[str] = (),
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A call as one of a jitted function: the function, and the arguments that it takes.

    A jitted function is given back as it is. Another is jitted, and where it has arguments that
    JAX can't take, those are held fixed and the others are given one by one; see `trace_call`.
    """
    if not callable(function):
        raise InputError(
            f"`trace` needs a function, got {type(function).__name__} {cut(repr(function), 40)}. "
            "Give the function and its arguments apart: `jaxlab.trace(loss, params, batch)`."
        )
    if isinstance(function, jax.stages.Wrapped) and not static:
        return function, tuple(args), kwargs
    _check_static(function, static)
    if static or _is_traceable((args, kwargs)):
        return jax.jit(function, static_argnames=tuple(static) or None), tuple(args), kwargs
    return _with_fixed_leaves(function, args, kwargs)


def _check_static(function: Callable[..., Any], static: Sequence[str]) -> None:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin: JAX itself will say what it can't do with it
        return
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return
    for name in static:
        if name not in parameters:
            raise InputError(
                f"`{cut(_jax.function_name(function), 40)}` has no argument {cut(name, 40)!r} to "
                f"hold static. It has: {cut(', '.join(parameters), 120) or 'none'}."
            )


def _is_traceable(tree: Any) -> bool:
    return all(map(_jax.is_traceable, _jax.leaves(tree)))


def _with_fixed_leaves(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    leaves, tree = jax.tree_util.tree_flatten((tuple(args), kwargs))
    moving = [index for index, leaf in enumerate(leaves) if _jax.is_traceable(leaf)]

    @functools.wraps(function)
    def held(*arrays: Any) -> Any:
        filled = list(leaves)
        for index, array in zip(moving, arrays, strict=True):
            filled[index] = array
        inner_args, inner_kwargs = jax.tree_util.tree_unflatten(tree, filled)
        return function(*inner_args, **inner_kwargs)

    del held.__wrapped__  # its signature is not the function's
    return jax.jit(held), tuple(leaves[index] for index in moving), {}
