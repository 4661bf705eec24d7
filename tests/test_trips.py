"""How often loops run, where the program says so; nothing where it doesn't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax.lax import fori_loop, scan, while_loop

import jaxlab
from jaxlab.analyses.trips import loop_trips
from jaxlab.payload import unpack

X = jnp.ones(3)

KNOWN: dict[str, tuple[Callable[[Any], Any], int]] = {
    "scan": (lambda x: scan(lambda c, _: (c * 2, None), x, length=6)[0], 6),
    "fori_loop": (lambda x: fori_loop(2, 9, lambda i, y: y * 2, x), 7),
    "fori_loop of arrays": (
        lambda x: fori_loop(jnp.int32(2), jnp.int32(9), lambda i, y: y * 2, x),
        7,
    ),
    "up to": (lambda x: while_loop(lambda c: c[0] < 10, lambda c: (c[0] + 3, c[1] * 2), (0, x)), 4),
    "until": (lambda x: while_loop(lambda c: c[1] <= 9, lambda c: (c[0] * 2, c[1] + 3), (x, 0)), 4),
    "down": (lambda x: while_loop(lambda c: c[0] > 0, lambda c: (c[0] - 2, c[1] * 2), (7, x)), 4),
    "down to": (lambda x: while_loop(lambda c: c[0] >= 0, lambda c: (c[0] - 1, c[1]), (4, x)), 5),
    "never": (lambda x: while_loop(lambda c: c[0] < 0, lambda c: (c[0] + 1, c[1] * 2), (0, x)), 0),
    "limit carried along": (
        lambda x: while_loop(lambda c: c[0] < c[1], lambda c: (c[0] + 1, c[1], c[2]), (0, 8, x)),
        8,
    ),
    "values of its own": (
        lambda x: while_loop(
            lambda c: c[0] < 3 + 0 * x.shape[0], lambda c: (c[0] + 1, c[1] * x), (0, x)
        ),
        3,
    ),
}
UNKNOWN: dict[str, Callable[[Any], Any]] = {
    "a condition on data": lambda x: while_loop(lambda c: c.max() > 0.1, lambda c: c / 2, x),
    "two conditions": lambda x: while_loop(
        lambda c: (c[0] < 9) & (c[1].max() > 0), lambda c: (c[0] + 1, c[1] / 2), (0, x)
    ),
    "a limit that moves": lambda x: while_loop(
        lambda c: c[0] < c[1], lambda c: (c[0] + 1, c[1] - 1, c[2]), (0, 8, x)
    ),
    "away from the limit": lambda x: while_loop(
        lambda c: c[0] < 9, lambda c: (c[0] - 1, c[1]), (0, x)
    ),
    "no constant step": lambda x: while_loop(
        lambda c: c[0] < 9, lambda c: (c[0] + c[0], c[1]), (1, x)
    ),
    "begun from data": lambda x: fori_loop(0, x.argmax(), lambda i, y: y * 2, x),
}


def trips_of(function: Callable[[Any], Any]) -> list[int]:
    program = jaxlab.trace(jax.jit(function), X)
    return sorted({trips for trips in loop_trips(program.jaxpr).values()})


@pytest.mark.parametrize("name", KNOWN)
def test_constant_bounds_say_how_often(name: str) -> None:
    function, trips = KNOWN[name]
    assert trips_of(function) == [trips]
    program = jaxlab.trace(jax.jit(function), X)
    assert set(loop_trips(program.stablehlo).values()) == {trips}


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_is_guessed(name: str) -> None:
    assert trips_of(UNKNOWN[name]) == []


def test_what_xla_wrote_at_its_loops_is_read() -> None:
    program = jaxlab.trace(jax.jit(KNOWN["fori_loop"][0]), X)
    assert set(loop_trips(program.hlo).values()) <= {7}


def test_the_viewer_is_told() -> None:
    program = jaxlab.trace(jax.jit(KNOWN["up to"][0]), X)
    jaxpr = unpack(program.show().packed)["stages"][0]
    ops = [jaxpr["strings"][op] for op in jaxpr["nodes"]["op"]]
    assert jaxpr["nodes"]["trips"] == [ops.index("while"), 4]
