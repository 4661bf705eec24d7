"""What each transform of a call adds, removes, doubles and reorders."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import Mesh, PartitionSpec

import jaxlab
from jaxlab.effects.side_by_side import Rung, order_notes, side_by_side


def rungs(function: Any, *args: Any) -> list[Rung]:
    program = jaxlab.trace(function, *args)
    return [Rung(text, None if each is None else each.jaxpr) for text, each in program.transforms]


def tables(function: Any, *args: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {table.title: list(table.rows) for table in side_by_side(rungs(function, *args), ())}


def told(x: Any) -> Any:
    jax.debug.print("x = {}", x)
    return jnp.sin(x) * x


def test_a_branch_becomes_a_select_under_vmap() -> None:
    def f(x: Any) -> Any:
        return jax.lax.cond(x > 0, jnp.sin, jnp.cos, x)

    found = tables(jax.jit(jax.vmap(f)), jnp.arange(4.0))
    steps = {row[0]: row for row in found["Transforms side by side"]}
    assert [steps["f"][2], steps["f"][3]] == [1, 0]
    assert steps["vmap(f)"][2] == 0 and steps["vmap(f)"][3] > 0
    changes = [row[1] for row in found["What each step changed"] if row[0] == "vmap(f)"]
    assert any("1 branch a select: both sides are computed" in each for each in changes)
    assert [row[1] for row in found["What each step changed"] if row[0] == "jit(vmap(f))"] == [
        "changes no equation"
    ]


def test_prints_are_counted_at_each_step() -> None:
    f = jax.checkpoint(told)
    found = tables(jax.jit(jax.vmap(jax.grad(f))), jnp.arange(4.0))
    ((place, name, *times),) = found["Callbacks in one run of the compiled function"]
    assert place.startswith("test_side_by_side.py:") and name == "jax.debug.print"
    assert times == ["once", "once", "twice", "8 times", "8 times"]
    changes = [row[1] for row in found["What each step changed"]]
    assert any("ran once, now twice" in each for each in changes)


def test_what_is_kept_for_the_backward_pass() -> None:
    found = tables(jax.grad(lambda x: jnp.sin(x).sum()), jnp.ones(1000))
    plain, grad = found["Transforms side by side"]
    assert (plain[-1], grad[-1]) == ("", "4 kB")


def test_collectives_are_counted() -> None:
    mesh = Mesh(jax.devices()[:1], ("i",))
    spec = PartitionSpec("i")
    summed = jax.shard_map(
        lambda x: jax.lax.psum(x, "i"), mesh=mesh, in_specs=spec, out_specs=PartitionSpec()
    )
    *_, row = tables(summed, jnp.ones(4))["Transforms side by side"]
    assert row[5] == 1


def test_a_rung_that_is_not_known_is_said() -> None:
    unknown = [Rung("f", None), *rungs(jnp.sin, 1.0)]
    (table, *_) = side_by_side(unknown, ())
    assert table.rows[0][1:] == ("not known",) * 6


@pytest.mark.parametrize("ordered", [True, False])
def test_the_order_of_callbacks_is_told(ordered: bool) -> None:
    def f(x: Any) -> Any:
        jax.debug.print("one {}", x, ordered=ordered)
        jax.debug.print("two {}", x, ordered=ordered)
        return x

    (said,) = order_notes(rungs(jax.jit(f), 1.0))
    assert ("keep their order" if ordered else "may run in any order") in said
