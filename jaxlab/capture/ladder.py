"""The ladder of transforms: `f`, `vmap(f)`, `grad(vmap(f))`, as far as it can be known."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import jax

from jaxlab import _jax
from jaxlab.errors import cut


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder.

    Attributes:
      text: what a user would write, `grad(vmap(f))`.
      function: the function at this step.
      args, kwargs: what it is called with, as abstract values; None where that isn't known.
      unknown: why the arguments aren't known; "" where they are.
    """

    text: str
    function: Callable[..., Any]
    args: tuple[Any, ...] | None
    kwargs: dict[str, Any]
    unknown: str = ""


SAME_ARGUMENTS = frozenset(
    ("grad", "value_and_grad", "jacfwd", "jacrev", "hessian", "checkpoint", "jit", "named_call")
)
"""Transforms whose inner function takes the very arguments of the outer one."""


def ladder_of(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Rung, ...]:
    """The function under each of its outer transforms, the plain one first.

    What is known is what JAX's wrappers keep: the function they wrap and, for `vmap`, the
    mapped axes. A function that a user wrapped by hand ends the ladder.
    """
    functions: list[tuple[str, Callable[..., Any]]] = []
    current = function
    while True:
        transform = transform_of(current)
        if not transform:
            break
        functions.append((transform, current))
        current = current.__wrapped__  # type: ignore[attr-defined]
    text = cut(_jax.function_name(current), 60)
    texts = [text]
    for transform, _ in reversed(functions):
        text = f"{transform}({text})"
        texts.append(text)
    rungs: list[Rung] = []
    known: tuple[tuple[Any, ...] | None, dict[str, Any], str] = (tuple(args), kwargs, "")
    for (transform, outer), label in zip(functions, reversed(texts), strict=False):
        rungs.append(Rung(label, outer, *known))
        known = _inner_arguments(transform, outer, *known)
    rungs.append(Rung(texts[0], current, *known))
    return tuple(reversed(rungs))


def transform_of(function: Callable[..., Any]) -> str:
    """The JAX transform that made a function, "" for one that none made."""
    if not hasattr(function, "__wrapped__"):
        return ""
    if isinstance(function, jax.stages.Wrapped):
        return "jit"
    code = getattr(_inside_boundary(function), "__code__", None)
    if code is None or _jax.is_user_file(code.co_filename):
        return ""
    name = _maker_of(code)
    return "" if name in ("api_boundary", code.co_qualname) else name


def _maker_of(code: CodeType) -> str:
    return code.co_qualname.partition(".<locals>")[0]


def _inside_boundary(function: Callable[..., Any]) -> Callable[..., Any]:
    """The transform's own wrapper, inside the one by which JAX shortens its tracebacks."""
    code = getattr(function, "__code__", None)
    if code is None or _maker_of(code) != "api_boundary":
        return function
    return inspect.getclosurevars(function).nonlocals.get("fun", function)


def _inner_arguments(
    transform: str,
    outer: Callable[..., Any],
    args: tuple[Any, ...] | None,
    kwargs: dict[str, Any],
    unknown: str,
) -> tuple[tuple[Any, ...] | None, dict[str, Any], str]:
    if args is None or transform in SAME_ARGUMENTS:
        return args, kwargs, unknown
    if transform == "vmap":
        inner = _unmapped(outer, args, kwargs)
        if inner is not None:
            return (*inner, "")
        return None, {}, "its mapped axes can't be read"
    return None, {}, f"what `{cut(transform, 40)}` calls it with is not known"


def _unmapped(
    outer: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Arguments of the function inside a vmap: without the mapped axes, which may be a prefix."""
    axes = inspect.getclosurevars(_inside_boundary(outer)).nonlocals.get("in_axes")
    if axes is None:
        return None
    axes = tuple(axes) if isinstance(axes, list | tuple) else (axes,) * len(args)
    try:
        mapped = tuple(_without_axis(arg, axis) for arg, axis in zip(args, axes, strict=True))
        return mapped, {name: _without_axis(value, 0) for name, value in kwargs.items()}
    except (ValueError, TypeError, IndexError):  # axes and arguments that don't fit one another
        return None


def _without_axis(tree: Any, axes: Any) -> Any:
    def drop(axis: Any, subtree: Any) -> Any:
        return jax.tree_util.tree_map(lambda leaf: _drop(leaf, axis), subtree)

    return jax.tree_util.tree_map(drop, axes, tree, is_leaf=lambda axis: axis is None)


def _drop(leaf: Any, axis: int | None) -> Any:
    if axis is None:
        return leaf
    shape = list(leaf.shape)
    del shape[axis]
    return jax.ShapeDtypeStruct(tuple(shape), leaf.dtype)
