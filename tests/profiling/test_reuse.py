"""What donation saves and could save: a table of calls, and the words for it."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from jaxlab import _jax
from jaxlab.profiling.memory.reuse import ArgumentReuse, Reuse, reuse_of
from jaxlab.readers.hlo import read_hlo

STATE = {"w": jnp.ones((64, 64)), "b": jnp.ones(64)}
BATCH = jnp.ones((16, 64))
BYTES = (64 * 64 + 64) * 4


def step(state: dict[str, jax.Array], batch: jax.Array) -> tuple[dict[str, jax.Array], jax.Array]:
    error = (batch @ state["w"] + state["b"]).sum()
    return jax.tree.map(lambda leaf: leaf - error, state), error


def found_in(function: Any, *args: Any, **options: Any) -> Reuse:
    traced = jax.jit(function, **options).trace(*args)
    return reuse_of(read_hlo(_jax.hlo_proto(traced.lower().compile())), traced)


def by_name(reuse: Reuse) -> dict[str, ArgumentReuse]:
    return {each.name: each for each in reuse.arguments}


def test_what_could_be_donated_is_named_with_its_remedy() -> None:
    found = found_in(step, STATE, BATCH)
    state, batch = by_name(found)["state"], by_name(found)["batch"]
    assert (state.arrays, state.size, state.reusable) == (2, BYTES, BYTES)
    assert (state.donated, state.reused) == (0, 0)
    assert state.remedy == "donate_argnames='state'"
    assert (batch.reusable, batch.remedy) == (0, "")
    assert (found.saved, found.could_save, found.unusable) == (0, BYTES, 0)


def test_the_remedy_works() -> None:
    found = found_in(step, STATE, BATCH, donate_argnames="state")
    state = by_name(found)["state"]
    assert (state.donated, state.reused, state.reusable, state.remedy) == (BYTES, BYTES, 0, "")
    assert (found.saved, found.could_save) == (BYTES, 0)


@pytest.mark.filterwarnings("ignore:Some donated buffers were not usable")
def test_what_was_donated_in_vain_is_said() -> None:
    found = found_in(step, STATE, BATCH, donate_argnums=(0, 1))
    assert by_name(found)["batch"].unusable == BATCH.nbytes
    assert found.unusable == BATCH.nbytes


def test_arguments_that_nothing_reads_do_not_shift_the_others() -> None:
    def f(unused: jax.Array, state: Any, also_unused: jax.Array, batch: jax.Array) -> Any:
        return step(state, batch)

    found = found_in(f, BATCH, STATE, BATCH, BATCH, donate_argnums=1)
    assert by_name(found)["state"].reused == BYTES
    assert by_name(found)["batch"].donated == 0
    assert set(by_name(found)) == {"state", "batch"}


def test_each_result_counts_once() -> None:
    found = found_in(lambda x, y: x + y, BATCH, BATCH)
    assert found.could_save == BATCH.nbytes
    assert [each.reusable for each in found.arguments] == [BATCH.nbytes, 0]


def test_arguments_without_a_parameter_of_their_own_have_no_call_to_copy() -> None:
    def f(*arrays: jax.Array) -> jax.Array:
        return arrays[0] * 2

    assert [each.remedy for each in found_in(f, BATCH).arguments] == ["donate `arrays`"]


def test_static_and_keyword_arguments_are_no_trouble() -> None:
    def f(power: int, x: jax.Array, *, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        return x**power, y + 1

    traced = jax.jit(f, static_argnums=0, donate_argnames="y").trace(3, BATCH, y=BATCH)
    found = reuse_of(read_hlo(_jax.hlo_proto(traced.lower().compile())), traced)
    assert by_name(found)["x"].remedy == "donate_argnames='x'"
    assert by_name(found)["y"].reused == BATCH.nbytes


def test_a_little_is_not_worth_a_remedy() -> None:
    found = found_in(lambda x, n: ((x @ x.T).sum(), n + 1), jnp.ones((64, 64)), jnp.ones(()))
    assert found.could_save == 4
    assert not any(each.remedy for each in found.arguments)


def test_without_the_trace_it_is_not_known_what_was_donated() -> None:
    compiled = jax.jit(step, donate_argnums=0).lower(STATE, BATCH).compile()
    found = reuse_of(read_hlo(_jax.hlo_proto(compiled)))
    assert by_name(found)["state"].donated is None
    assert by_name(found)["state"].reused == BYTES
    assert found.notes == ("What was donated is not known: the program was not traced here.",)
