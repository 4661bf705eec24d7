"""Where a NaN or an infinity comes from: the first equation that makes one of finite values."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from jaxlab import _jax
from jaxlab.origin import Frame

MOST_SECONDS = 60.0
"""How long the origin is looked for, after a call that gave values which are not finite."""

_MOST_SPREAD = 12


@dataclass(frozen=True)
class Origin:
    """The first equation that gives a value which is not finite, of values which are.

    Attributes:
      operation: its primitive; a call that can't be looked into is one too.
      frames: the user's lines that it comes from, innermost first.
      gradient: the part of a gradient that it belongs to, "in the backward pass"; "" for none.
      inputs, outputs: the ranges of its operands and results.
      inside: what it runs in, from outside in: "step 3 of 10 of the scan".
      spread: the operations that the value went through after it, with their lines, in order.
    """

    operation: str
    frames: tuple[Frame, ...]
    gradient: str
    inputs: tuple[_jax.Range, ...]
    outputs: tuple[_jax.Range, ...]
    inside: tuple[str, ...]
    spread: tuple[tuple[str, Frame | None], ...]


class TakesTooLong(Exception):
    """Looking for an origin took longer than it may."""


def origin_in(jaxpr: Any, arguments: Sequence[Any]) -> Origin | None:
    """Evaluate a jaxpr once more, and find where its results stop to be finite.

    None where they are finite this time: XLA's fusions round differently.

    Raises:
      CannotEvaluate: it has effects that must not happen twice.
      TakesTooLong: after `MOST_SECONDS`.
    """
    until = perf_counter() + MOST_SECONDS
    with _jax.evaluating():
        return _hunt(_jax.without_effects(jaxpr), arguments, until, _Place())


@dataclass(frozen=True)
class _Place:
    """What a jaxpr is inside of: bodies, the operations after it, and a part of a gradient."""

    inside: tuple[str, ...] = ()
    after: tuple[tuple[str, Frame | None], ...] = ()
    gradient: str = ""


def _hunt(jaxpr: Any, arguments: Sequence[Any], until: float, within: _Place) -> Origin | None:
    inner, _ = _jax.open_jaxpr(jaxpr)
    applied: list[tuple[Sequence[Any], Sequence[Any]]] = []
    for _, operands, results in _jax.evaluate(jaxpr, arguments):
        applied.append((operands, results))
        if perf_counter() > until:
            raise TakesTooLong
    place = _first_bad(inner, applied)
    path: list[tuple[str, Frame | None]] = []
    while place is not None:
        equation, (operands, results) = inner.eqns[place], applied[place]
        at = _bad_operand(inner, place, operands)
        if at is None:
            spread = (*path[::-1], *within.after)
            gradient = _jax.gradient_part(equation) or within.gradient
            here = _Place(within.inside, spread, gradient)
            return _inside(equation, operands, results, until, here)
        path.append((equation.primitive.name, _line(equation)))
        place = at
    return None


def _first_bad(inner: Any, applied: Sequence[tuple[Any, Sequence[Any]]]) -> int | None:
    """The equation that a result which is not finite comes from; of several, the earliest."""
    places = {_jax.producer_of(inner.eqns, atom) for atom in inner.outvars}
    known = sorted(place for place in places if place is not None)
    return next((at for at in known if not all(map(_jax.is_finite, applied[at][1]))), None)


def _bad_operand(inner: Any, place: int, operands: Sequence[Any]) -> int | None:
    """The equation that an operand which is not finite comes from; None where there is none."""
    found = [
        producer
        for atom, value in zip(inner.eqns[place].invars, operands, strict=True)
        if not _jax.is_finite(value)
        and (producer := _jax.producer_of(inner.eqns[:place], atom)) is not None
    ]
    return min(found) if found else None


def _inside(
    equation: Any, operands: Sequence[Any], results: Sequence[Any], until: float, here: _Place
) -> Origin:
    """Look into the equation's own bodies, where it has any that can be followed."""
    running = _jax.bodies(equation, operands)
    body = next(running, None)
    while body is not None:
        outs = _jax.results_of(body.jaxpr, body.arguments)
        if not all(map(_jax.is_finite, outs)):
            found = _hunt(body.jaxpr, body.arguments, until, _within(here, body, equation))
            if found is not None:
                return found
            break
        if perf_counter() > until:
            raise TakesTooLong
        try:
            body = running.send(outs)
        except StopIteration:
            break
    return Origin(
        operation=equation.primitive.name,
        frames=_jax.equation_frames(equation),
        gradient=here.gradient,
        inputs=_ranges(operands),
        outputs=_ranges(results),
        inside=here.inside,
        spread=here.after[:_MOST_SPREAD],
    )


def _within(here: _Place, body: _jax.Body, equation: Any) -> _Place:
    """The place of what a body does; a body without a label is only a call."""
    if not body.label:
        return here
    step = equation.primitive.name, _line(equation)
    return _Place((*here.inside, body.label), (step, *here.after), here.gradient)


def _line(equation: Any) -> Frame | None:
    return next(iter(_jax.equation_frames(equation)), None)


def _ranges(values: Sequence[Any]) -> tuple[_jax.Range, ...]:
    return tuple(each for value in values if (each := _jax.range_of(value)) is not None)
