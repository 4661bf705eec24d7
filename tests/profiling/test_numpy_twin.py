"""JAX code in NumPy: what stands for what, what has no counterpart, and that nothing is changed."""

from __future__ import annotations

import functools
import math
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxlab.errors import InputError
from jaxlab.profiling.against.numpy_twin import numpy_twin, numpy_twin_of_call

offset = jnp.arange(3.0)


@jax.jit
def shifted(x: Any) -> Any:
    return jnp.sin(x) + offset


@functools.partial(jax.jit, static_argnames="power")
def powers(x: Any, power: int = 3) -> Any:
    return x if power == 1 else shifted(x) ** power + powers(x, power=power - 1)


def relu_at(x: Any) -> Any:
    return jax.nn.relu(x).at[0].set(jnp.missing_function(x))


def names(**more: Any) -> dict[str, Any]:
    return {"jax": jax, "jnp": jnp, "np": np, "x": jnp.ones(3), **more}


def is_numpy(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic)


def test_a_call_of_jitted_functions_that_call_each_other() -> None:
    twin = numpy_twin("powers(x)", names(powers=powers))
    found = twin.call()
    assert is_numpy(found)
    np.testing.assert_allclose(found, powers(jnp.ones(3)), rtol=1e-5)
    assert isinstance(shifted(1.0), jax.Array)
    assert isinstance(offset, jax.Array)


def test_a_cell_with_imports_definitions_and_waiting() -> None:
    cell = "\n".join(
        [
            "import jax.numpy as jn",
            "from jax import jit",
            "@jit",
            "def cubes(x):",
            "    return jn.linalg.norm(x) + sum(x**n for n in (1, 2, 3))",
            "y = cubes(x).block_until_ready()",
            "jax.block_until_ready(y)",
        ]
    )
    given = names()
    before = dict(given)
    twin = numpy_twin(cell, given)
    assert is_numpy(twin.call())
    assert given == before
    np.testing.assert_allclose(twin.call(), 3 + math.sqrt(3), rtol=1e-6)


def test_a_cell_that_ends_in_a_statement_gives_nothing() -> None:
    assert numpy_twin("y = jnp.sin(x)", names()).call() is None


def test_each_run_begins_with_the_same_names() -> None:
    twin = numpy_twin("n = n + 1\nn", names(n=1))
    assert [twin.call(), twin.call()] == [2, 2]


def test_arrays_are_copies_that_can_be_written_to() -> None:
    given = names()
    numpy_twin("x += 1", given).call()
    np.testing.assert_array_equal(given["x"], np.ones(3))


def test_arrays_in_containers() -> None:
    found = numpy_twin("tree", names(tree={"a": [jnp.ones(2)], "b": None})).call()
    assert is_numpy(found["a"][0])
    assert found["b"] is None


def test_functions_of_jax_numpy_by_their_own_name() -> None:
    assert is_numpy(numpy_twin("tan(x) + add(x, x)", names(tan=jnp.tan, add=jnp.add)).call())


def test_types_and_constants_of_jax_numpy() -> None:
    found = numpy_twin("x.astype(jnp.int32) * jnp.pi", names()).call()
    assert is_numpy(found)


def test_closures_and_defaults() -> None:
    def closing(scale: Any) -> Any:
        def scaled(x: Any, shift: Any = offset) -> Any:
            return x * scale + shift

        return jax.jit(scaled)

    assert is_numpy(numpy_twin("scaled(x)", names(scaled=closing(jnp.ones(3)))).call())


def test_a_partial() -> None:
    twin = numpy_twin("half(x)", names(half=functools.partial(powers, power=2)))
    np.testing.assert_allclose(twin.call(), powers(jnp.ones(3), power=2), rtol=1e-5)


def test_a_call_given_as_a_function() -> None:
    twin = numpy_twin_of_call(powers, (jnp.ones(3),), {"power": 2})
    assert is_numpy(twin.call())


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("jax.random.key(0)", "`jax.random`"),
        ("jnp.linalg.nothing(x)", "`jnp.linalg.nothing`"),
        ("jax.numpy.nothing(x)", "`jax.numpy.nothing`"),
        ("jax.vmap(lambda y: y)(x)", "`jax.vmap`"),
        ("x.at[0].set(1)", "`.at`"),
        ("relu_at(x)", "`.at`, `jax.nn`, `jnp.missing_function`"),
        ("grad(relu_at)", "`.at`, `grad`, `jax.nn`, `jnp.missing_function`"),
        ("model.predict(x)", "`model.predict`"),
        ("layer(x)", "`Layer.__call__`"),
        ("method(x)", "`Layer.__call__`"),
    ],
)
def test_what_numpy_has_not_is_named(source: str, missing: str) -> None:
    class Layer:
        def __call__(self, x: Any) -> Any:
            return jnp.sin(x)

    model = ModuleType("model")
    model.predict = shifted.__wrapped__  # type: ignore[attr-defined]
    given = names(
        relu_at=relu_at, grad=jax.grad, model=model, layer=Layer(), method=Layer().__call__
    )
    with pytest.raises(InputError) as found:
        numpy_twin(source, given)
    assert str(found.value).startswith(f"NumPy has no {missing}. ")


@pytest.mark.skipif(jax.config.jax_enable_x64, reason="both make float64")  # pyright: ignore
def test_wider_floats_are_said() -> None:
    assert numpy_twin("jnp.ones(3) + jnp.eye(3)", names()).notes == (
        "NumPy makes float64 where JAX makes float32: `eye`, `ones`. That is twice the memory.",
    )
    assert numpy_twin("jnp.sin(x)", names()).notes == ()
    with jax.enable_x64(True):
        assert numpy_twin("jnp.ones(3)", names()).notes == ()


def test_what_is_no_python_is_pythons_own_error() -> None:
    with pytest.raises(SyntaxError):
        numpy_twin("x +", names())


def test_errors_of_the_code_go_through() -> None:
    with pytest.raises(NameError, match="nobody"):
        numpy_twin("nobody", names()).call()
