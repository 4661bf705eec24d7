"""A call run with and without jit: rounding is none, what it reads elsewhere is a difference."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxlab.effects.hazards import findings_of
from jaxlab.effects.seen import History, Seen
from jaxlab.effects.twice import Twice, compared, run_twice


def findings(twice: Twice | None) -> list[str]:
    seen = Seen((), (), (), (), {}, {}, History(), twice=twice)
    return [each.headline for each in findings_of(seen)[0]]


def test_a_global_that_changed_is_found() -> None:
    held = {"scale": 2.0}
    step = jax.jit(lambda x: {"y": x * held["scale"]})
    step(jnp.ones(3))
    held["scale"] = 3.0
    found = run_twice(step, (jnp.ones(3),), {})
    assert found.differs and found.where == "['y']"
    (headline,) = findings(found)
    assert "gives 2.0 compiled and 3.0 without `jit` at `['y']`" in headline


def test_a_helper_of_a_class_that_counts_is_found() -> None:
    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def __call__(self, x: Any) -> Any:
            self.count += 1
            return x + self.count

    counter = Counter()
    step = jax.jit(lambda x: counter(x))
    step(1)
    assert findings(run_twice(step, (1,), {}))


def test_rounding_is_no_difference() -> None:
    x = jax.random.normal(jax.random.key(0), (200, 200))

    def long(x: Any) -> Any:
        for _ in range(20):
            x = jnp.tanh(x @ x.T / 200) + jnp.sin(x)
        return x, x.sum(), x.astype(jnp.bfloat16).mean(), (x > 0).sum()

    found = run_twice(jax.jit(long), (x,), {})
    assert not found.differs, found
    assert not findings(found)
    assert "gives the same" in str(found)


def test_donated_arguments_are_given_once() -> None:
    step = jax.jit(lambda x: x * 2, donate_argnums=0)
    x = jnp.ones(4)
    assert not run_twice(step, (x,), {}).differs


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (np.float32([1, np.nan]), np.float32([1, np.nan]), False),
        (np.float32([1, np.nan]), np.float32([1, 2]), True),
        (np.float32([np.inf]), np.float32([np.inf]), False),
        (np.int32([3]), np.int32([4]), True),
        (np.zeros((0, 3)), np.zeros((0, 3)), False),
        (np.zeros(2), np.zeros(3), True),
        ({"a": 1.0}, {"b": 1.0}, True),
        (np.float32([1e-9, 1.0]), np.float32([2e-9, 1.0]), False),
    ],
)
def test_what_counts_as_different(one: Any, other: Any, differs: bool) -> None:
    assert compared("f", one, other).differs is differs
