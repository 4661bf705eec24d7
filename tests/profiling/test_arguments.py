"""Arguments of repeated calls: on the device, and never the user's own where they are donated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxlab.errors import InputError
from jaxlab.profiling.stages import arguments
from jaxlab.profiling.stages.arguments import Arguments, Leaf, check_inputs, free_bytes
from jaxlab.profiling.stages.donation import sources_of


class State(NamedTuple):
    weights: jax.Array
    momentum: jax.Array


def state() -> State:
    return State(jnp.ones((4, 4)), jnp.full((4, 4), 2.0))


def arguments_of(call: Any, *args: Any) -> tuple[Any, Arguments]:
    """A compiled call, and its arguments."""
    compiled = call.lower(*args).compile()
    shardings = compiled.in_tree.flatten_up_to(compiled.input_shardings)
    donated = [leaf.donated for leaf in jax.tree.leaves(compiled.args_info)]
    known = zip(shardings, donated, strict=True)
    leaves = [Leaf(f"leaf {place}", *leaf) for place, leaf in enumerate(known)]
    return compiled, Arguments(args, {}, leaves)


def run(compiled: Any, inputs: Arguments) -> Any:
    args, kwargs = inputs.take()
    results = compiled(*args, **kwargs)
    inputs.give(results)
    return results


def test_abstract_arguments_are_refused_by_name() -> None:
    def loss(params: Any, batch: Any) -> None: ...

    abstract = jax.ShapeDtypeStruct((8, 4), jnp.float32)
    with pytest.raises(InputError) as found:
        check_inputs(loss, ({"w": [1.0, abstract]}, 2), {})
    assert str(found.value) == (
        "`params['w'][1]` is abstract (f32[8,4]): there is nothing to run on. Give an array, or "
        "ask for the time of compiling alone."
    )
    with pytest.raises(InputError, match="`batch` is abstract"):
        check_inputs(loss, (1,), {"batch": abstract})


def test_deleted_buffers_are_refused_by_name() -> None:
    gone = jnp.ones(3)
    gone.delete()
    with pytest.raises(InputError, match=r"The buffer of `x\['a'\]` is gone: it was donated"):
        check_inputs(lambda x: x, ({"a": gone},), {})
    with pytest.raises(InputError, match="The buffer of `argument 2` is gone"):
        check_inputs(lambda *arrays: arrays, (1, gone), {})


def test_what_is_on_the_device_is_not_moved() -> None:
    x = jnp.ones((3, 3))
    _, inputs = arguments_of(jax.jit(lambda x, y: x + y), x, np.ones((3, 3), np.float32))
    (taken, moved), _ = inputs.take()
    assert taken is x
    assert isinstance(moved, jax.Array)
    assert inputs.take()[0][1] is moved
    assert inputs.notes == (
        "From NumPy: `leaf 1` (36 B), put on the device once before; a plain call does that each "
        "time.",
    )


def test_dicts_that_need_no_change_are_given_as_they_are() -> None:
    tree = {"b": jnp.ones(3), "a": jnp.ones(3)}  # a new dict's sorted keys would be faster to read
    _, inputs = arguments_of(jax.jit(lambda tree: tree), tree)
    assert inputs.take()[0][0] is tree


def test_the_users_donated_arrays_survive() -> None:
    own = state()
    step = jax.jit(lambda s, x: (State(s.weights + x, s.momentum * x), x), donate_argnums=0)
    compiled, inputs = arguments_of(step, own, 3.0)
    for _ in range(3):
        run(compiled, inputs)
    assert not own.weights.is_deleted()
    np.testing.assert_array_equal(own.weights, np.ones((4, 4)))


def test_results_are_threaded_back() -> None:
    step = jax.jit(lambda s, x: (x, State(s.weights + x, s.momentum * x)), donate_argnums=0)
    compiled, inputs = arguments_of(step, state(), 3.0)
    found = [run(compiled, inputs)[1] for _ in range(3)][-1]
    assert float(found.weights[0, 0]) == 1 + 3 * 3
    assert float(found.momentum[0, 0]) == 2 * 3**3
    assert inputs.notes == (
        "Donated: `leaf 0`, `leaf 1` of each run is from the results of the run before.",
    )


def test_a_leaf_with_no_tree_of_its_own_is_threaded_by_its_type() -> None:
    step = jax.jit(lambda x, n: {"sum": x.sum(), "next": {"x": x * n}}, donate_argnums=0)
    compiled, inputs = arguments_of(step, jnp.ones((4, 4)), 2.0)
    found = [run(compiled, inputs) for _ in range(3)][-1]
    assert float(found["sum"]) == 16 * 2 * 2


def test_what_no_result_can_replace_is_copied() -> None:
    own = jnp.ones((4, 4))
    # the output is of the same size, so that XLA takes the buffer, and of another shape
    squash = jax.jit(lambda x: jnp.reshape(x, (16,)) + 1, donate_argnums=0)
    compiled, inputs = arguments_of(squash, own)
    first, _ = inputs.take()
    if not run_and_check_taken(compiled, inputs, first):
        pytest.skip("this backend does not take a buffer of another shape")
    again, _ = inputs.take()
    assert not again[0].is_deleted()
    assert inputs.notes == ("Donated: `leaf 0` is copied for each run, outside its time.",)
    assert not own.is_deleted()


def run_and_check_taken(compiled: Any, inputs: Arguments, args: Any) -> bool:
    inputs.give(compiled(*args))
    return args[0].is_deleted()


@pytest.mark.filterwarnings("ignore:Some donated buffers were not usable")
def test_what_the_program_did_not_take_is_used_again() -> None:
    own = jnp.ones((4, 4))
    compiled, inputs = arguments_of(jax.jit(lambda x: x.sum(), donate_argnums=0), own)
    first = inputs.take()[0][0]
    assert first is not own
    inputs.give(compiled(first))
    if not first.is_deleted():
        assert inputs.take()[0][0] is first
        assert inputs.notes == ()


def test_the_same_array_donated_and_kept() -> None:
    own = jnp.ones((4, 4))
    add = jax.jit(lambda x, y: x + y, donate_argnums=0)
    compiled, inputs = arguments_of(add, own, own)
    found = [run(compiled, inputs) for _ in range(3)][-1]
    assert float(found[0, 0]) == 4
    assert not own.is_deleted()


def test_keys_can_be_donated() -> None:
    own = jax.random.key(1)
    compiled, inputs = arguments_of(
        jax.jit(lambda key: jax.random.split(key, 2)[0], donate_argnums=0), own
    )
    for _ in range(3):
        run(compiled, inputs)
    assert not own.is_deleted()


def test_no_room_for_copies_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "free_bytes", lambda _: 100)
    with pytest.raises(InputError) as found:
        arguments_of(jax.jit(lambda s: s, donate_argnums=0), state())
    assert str(found.value).startswith(
        "No room for copies of what is donated: they take 128 B, and "
    )
    assert "has 100 B free." in str(found.value)
    arguments_of(jax.jit(lambda s: s), state())  # nothing is donated: nothing is copied


def test_free_memory_is_what_the_device_says() -> None:
    class Device:
        platform = "gpu"

        def memory_stats(self) -> dict[str, int] | None:
            return {"bytes_limit": 1000, "bytes_in_use": 300}

    class Silent(Device):
        def memory_stats(self) -> None:
            return None

    assert free_bytes(Device()) == 700
    assert free_bytes(Silent()) is None
    free = free_bytes(jax.devices("cpu")[0])
    assert free is None or free > 1_000_000


#    arguments      results               lost      sources
CASES: list[tuple[Any, Callable[[Any], Any], set[int], dict[int, int]]] = [
    ((1,), lambda x: x, {0}, {0: 0}),
    ((1,), lambda x: (0.5, x), {0}, {0: 1}),
    (({"a": 1, "b": 1},), lambda x: (x, {"a": x, "b": x}), {0, 1}, {0: 1, 1: 2}),
    (({"a": 1, "b": 1},), lambda x: {"a": x, "b": x}, {0, 1}, {0: 0, 1: 1}),
    ((1, 1), lambda x: (x, x), {0, 1}, {0: 0, 1: 1}),
    ((1, 1), lambda x: (x,), {0, 1}, {0: 0}),
    ((1, (1, 1)), lambda x: ((x, x), x), {1, 2}, {1: 0, 2: 1}),
    ((1, 1), lambda x: (x, x), {1}, {1: 0}),
    ((1,), lambda _: 2, {0}, {}),
]


@pytest.mark.parametrize(("given", "results", "lost", "sources"), CASES)
def test_results_that_stand_for_arguments(
    given: Any, results: Callable[[Any], Any], lost: set[int], sources: dict[int, int]
) -> None:
    array = jnp.ones((2, 3))
    trees = jax.tree.map(lambda _: array, given)
    assert sources_of(trees, lost, results(array)) == sources


def test_results_of_another_type_do_not_stand_for_arguments() -> None:
    wanted = (jnp.ones((2, 3)),)
    assert sources_of(wanted, {0}, jnp.ones((3, 2))) == {}
    assert sources_of(wanted, {0}, jnp.ones((2, 3), jnp.int32)) == {}
    assert sources_of(wanted, {0}, np.ones((2, 3), np.float32)) == {}
