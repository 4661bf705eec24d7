"""Evaluate a jaxpr once more, equation by equation, without its effects."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import core, source_info_util

from jaxlab._jax.frames import user_frames
from jaxlab._jax.jaxprs import JAXPR_TYPES, open_jaxpr
from jaxlab.origin import Frame


class CannotEvaluate(Exception):
    """A jaxpr has effects that must not happen twice."""


@dataclass(frozen=True)
class Body:
    """A jaxpr that an equation runs, with what it is given.

    Attributes:
      jaxpr: open or closed.
      arguments: its arguments.
      label: which run of which body: "step 3 of the scan".
      place: which of the equation's bodies, in the order of its params.
    """

    jaxpr: Any
    arguments: Sequence[Any]
    label: str
    place: int = 0


_here = threading.local()


@contextmanager
def evaluating() -> Generator[None]:
    """While this is entered, what JAX does in this thread is our doing, not the user's."""
    before = is_evaluating()
    _here.ours = True
    try:
        with core.set_current_trace(core.eval_trace):
            yield
    finally:
        _here.ours = before


def is_evaluating() -> bool:
    """Whether what JAX does in this thread is our doing."""
    return getattr(_here, "ours", False)


def without_effects(jaxpr: Any) -> Any:
    """A jaxpr that computes the same, without prints and other callbacks that return nothing.

    Raises:
      CannotEvaluate: there are effects that its results depend on.
    """
    inner, consts = open_jaxpr(jaxpr)
    if not inner.effects:
        return jaxpr
    kept = [_calm(each) for each in inner.eqns if not each.effects or each.outvars]
    left = next((each for each in kept if each.effects), None)
    if left is not None:
        raise CannotEvaluate(left.primitive.name)
    calm = inner.replace(eqns=kept, effects=core.no_effects)
    return calm if jaxpr is inner else jaxpr.replace(jaxpr=calm, consts=consts)


def _calm(equation: Any) -> Any:
    if not equation.effects:
        return equation
    params = {name: _calm_param(value) for name, value in equation.params.items()}
    if not any(params[name] is not value for name, value in equation.params.items()):
        return equation
    return equation.replace(params=params, effects=core.no_effects)


class Applied(NamedTuple):
    """What a primitive was applied as: as much of an equation as its bodies need."""

    primitive: Any
    params: Any


def silenced(call: Applied) -> Applied:
    """A call without the prints and other callbacks in its bodies that return nothing.

    Raises:
      CannotEvaluate: there are effects that its results depend on.
    """
    return Applied(
        call.primitive, {name: _calm_param(value) for name, value in call.params.items()}
    )


def _calm_param(value: Any) -> Any:
    if isinstance(value, JAXPR_TYPES):
        return without_effects(value)
    if isinstance(value, tuple) and any(isinstance(each, JAXPR_TYPES) for each in value):
        return tuple(without_effects(each) for each in value)
    return value


def evaluate(
    jaxpr: Any, arguments: Sequence[Any]
) -> Iterator[tuple[Any, Sequence[Any], Sequence[Any]]]:
    """Apply each equation of a jaxpr, in order; yields it with its operands and results."""
    inner, consts = open_jaxpr(jaxpr)
    values = dict(zip((*inner.constvars, *inner.invars), (*consts, *arguments), strict=True))
    for equation in inner.eqns:
        operands = [
            each.val if isinstance(each, core.Literal) else values[each] for each in equation.invars
        ]
        results = apply(equation, operands)
        values.update(zip(equation.outvars, results, strict=True))
        yield equation, operands, results


def evaluate_silently(
    jaxpr: Any, arguments: Sequence[Any]
) -> Iterator[tuple[int, Any, Sequence[Any], Sequence[Any]]]:
    """Apply each equation, without prints and other callbacks that return nothing.

    Yields the place of an equation among all, the equation as it was applied, its operands and
    results.

    Raises:
      CannotEvaluate: there are effects that its results depend on.
    """
    inner, _ = open_jaxpr(jaxpr)
    places = {id(each.outvars[0]): at for at, each in enumerate(inner.eqns) if each.outvars}
    for equation, operands, results in evaluate(without_effects(jaxpr), arguments):
        if equation.outvars:
            yield places[id(equation.outvars[0])], equation, operands, results


def body_jaxprs(equation: Any) -> tuple[Any, ...]:
    """The jaxprs that `Body.place` counts, as the equation has them."""
    params = equation.params
    if equation.primitive.name == "cond":
        return tuple(params["branches"])
    names = ("cond_jaxpr", "body_jaxpr") if equation.primitive.name == "while" else ()
    names = names or tuple(key for key in ("jaxpr", "call_jaxpr") if key in params)[:1]
    return tuple(params[name] for name in names)


def apply(equation: Any, operands: Sequence[Any]) -> Sequence[Any]:
    """What an equation gives for some operands."""
    params = equation.primitive.get_bind_params(equation.params)
    subfuns: Sequence[Any] = ()
    if isinstance(params, tuple):  # JAX 0.10: functions first, then params
        subfuns, params = params
    stack = source_info_util.current_name_stack() + equation.source_info.name_stack
    with source_info_util.user_context(None, name_stack=stack), equation.ctx.manager:
        results = equation.primitive.bind(*subfuns, *operands, **params)
    return results if equation.primitive.multiple_results else [results]


def bodies(equation: Any, operands: Sequence[Any]) -> Generator[Body, Sequence[Any], None]:
    """The jaxprs that an equation runs, in order. Send each one's results to get the next.

    Yields nothing for a primitive without any, and for those that can't be followed
    (`shard_map`, kernels).
    """
    name, params = equation.primitive.name, equation.params
    if name == "scan":
        yield from _of_scan(params, operands)
    elif name == "while":
        yield from _of_while(params, operands)
    elif name == "cond":
        index = int(np.clip(int(operands[0]), 0, len(params["branches"]) - 1))
        yield Body(params["branches"][index], operands[1:], f"branch {index} of the cond", index)
    else:
        inner = next((params[key] for key in ("jaxpr", "call_jaxpr") if key in params), None)
        known = name in ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call")
        known = known or name.startswith(("remat", "checkpoint", "custom_vjp_call"))
        if known and isinstance(inner, JAXPR_TYPES):
            yield Body(inner, operands, "")


def _of_scan(params: Any, operands: Sequence[Any]) -> Generator[Body, Sequence[Any], None]:
    if "ft_in" in params:  # JAX 0.12
        consts, carry, xs = map(list, params["ft_in"].update(operands).unpack())
    else:
        first, many = params["num_consts"], params["num_carry"]
        consts, carry = list(operands[:first]), list(operands[first : first + many])
        xs = list(operands[first + many :])
    length = params["length"]
    steps = reversed(range(length)) if params["reverse"] else range(length)
    for count, step in enumerate(steps):
        given = [*consts, *carry, *(jax.lax.index_in_dim(x, step, keepdims=False) for x in xs)]
        results = yield Body(params["jaxpr"], given, f"step {count} of {length:,} of the scan")
        carry = list(results[: len(carry)])


def _of_while(params: Any, operands: Sequence[Any]) -> Generator[Body, Sequence[Any], None]:
    tests, steps = params["cond_nconsts"], params["body_nconsts"]
    of_test, of_step = operands[:tests], operands[tests : tests + steps]
    carry, count = operands[tests + steps :], 0
    while True:
        goes_on = results_of(params["cond_jaxpr"], [*of_test, *carry])[0]
        if not bool(goes_on.any()):
            return
        label = f"step {count} of the while"
        after = yield Body(params["body_jaxpr"], [*of_step, *carry], label, 1)
        carry = [_chosen(goes_on, new, old) for new, old in zip(after, carry, strict=True)]
        count += 1


def _chosen(goes_on: Any, new: Any, old: Any) -> Any:
    """A loop under `vmap` has a condition for each lane, and lanes that have ended stay as is."""
    if not goes_on.ndim:
        return new
    lanes = goes_on.reshape(goes_on.shape + (1,) * (new.ndim - goes_on.ndim))
    return jnp.where(lanes, new, old)


def results_of(jaxpr: Any, arguments: Sequence[Any]) -> Sequence[Any]:
    """What a jaxpr gives."""
    inner, consts = open_jaxpr(jaxpr)
    return core.eval_jaxpr(inner, consts, *arguments)


def producer_of(equations: Sequence[Any], atom: Any) -> int | None:
    """The place of the equation that a value comes from; None where it is an argument."""
    if isinstance(atom, core.Literal):
        return None
    return next((at for at, each in enumerate(equations) if atom in each.outvars), None)


def equation_frames(equation: Any) -> tuple[Frame, ...]:
    """The user's lines that an equation comes from, innermost first."""
    return user_frames(equation.source_info.traceback)


def gradient_part(equation: Any) -> str:
    """The part of a gradient that an equation belongs to; "" where it belongs to none."""
    stack = str(equation.source_info.name_stack)
    if "transpose(" in stack:
        return "in the backward pass"
    return "in the forward pass of a gradient" if "jvp(" in stack else ""


def copies_of_donated(args: Sequence[Any], params: Any) -> tuple[Any, ...]:
    """The arguments of a jitted call, those copied that it will take for its results."""
    donated = params.get("donated_invars") or (False,) * len(args)
    with evaluating():
        return tuple(
            np.array(arg) if given and isinstance(arg, jax.Array) else arg
            for arg, given in zip(args, donated, strict=True)
        )


def is_finite(value: Any) -> bool:
    """Whether a value holds no NaN and no infinity; True for what has none by its type."""
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return not isinstance(value, float | complex) or bool(np.isfinite(value))
    if not jnp.issubdtype(dtype, np.inexact) or not _is_readable(value):
        return True
    with evaluating():
        return bool(np.isfinite(_host(value)).all())


def _is_readable(value: Any) -> bool:
    if not isinstance(value, jax.Array):
        return isinstance(value, np.ndarray | np.generic)
    return not value.is_deleted() and value.is_fully_addressable


def _host(value: Any) -> Any:
    found = np.asarray(value)
    return found if found.dtype.kind in "fc" else found.astype(np.float32)  # bfloat16, float8


@dataclass(frozen=True, slots=True)
class Range:
    """What a value holds: the least and greatest finite number, and how many are not finite."""

    type: str
    least: float
    greatest: float
    mean: float
    nans: int
    infinities: int
    size: int

    def joined(self, other: Range) -> Range:
        """What two values of one kind hold together."""
        least, greatest, mean = self.least, self.greatest, self.mean
        mine, theirs = self.finite, other.finite
        if theirs:
            mean = (mean * mine + other.mean * theirs) / (mine + theirs)
            least = min(least, other.least) if mine else other.least
            greatest = max(greatest, other.greatest) if mine else other.greatest
        return Range(
            self.type if self.type == other.type else "",
            least,
            greatest,
            mean,
            self.nans + other.nans,
            self.infinities + other.infinities,
            self.size + other.size,
        )

    @property
    def finite(self) -> int:
        """How many finite numbers there are."""
        return self.size - self.nans - self.infinities

    def __str__(self) -> str:
        parts = [f"{self.type}"]
        if self.nans + self.infinities < self.size:
            parts.append(f"{self.least:.4g} … {self.greatest:.4g}")
        if self.nans:
            parts.append(f"{self.nans:,} NaN of {self.size:,}")
        if self.infinities:
            parts.append(f"{self.infinities:,} infinite of {self.size:,}")
        return ", ".join(parts)


def range_of(value: Any) -> Range | None:
    """What a value holds; None for what is no array of real numbers, or can't be read."""
    if isinstance(value, bool | int | float):
        value = np.asarray(value)
    dtype = getattr(value, "dtype", None)
    if dtype is None or not _is_readable(value) or not value.size:
        return None
    if not jnp.issubdtype(dtype, np.number) or jnp.issubdtype(dtype, np.complexfloating):
        return None
    with evaluating():
        held = np.asarray(value).astype(np.float64)
    finite = held[np.isfinite(held)]
    nans = int(np.isnan(held).sum())
    some = finite if finite.size else np.zeros(1)
    return Range(
        type=f"{dtype}[{','.join(map(str, np.shape(value)))}]",
        least=float(some.min()),
        greatest=float(some.max()),
        mean=float(some.mean()),
        nans=nans,
        infinities=int(held.size - finite.size) - nans,
        size=int(held.size),
    )
