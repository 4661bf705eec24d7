"""Abstract values as types: dtypes, symbolic sizes, shardings, and what nobody knows."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax import lax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from jax_counts import X, read

from jaxlab.graph import ArrayType


def test_weak_types_keys_and_short_dtypes():
    def f(i, key, b, h):
        return i, jax.random.fold_in(key, i), b, h

    graph = read(f, 1, jax.random.key(0), jnp.zeros(2, bool), jnp.zeros(3, jnp.bfloat16))
    types = [value.type for value in graph.main.inputs]
    assert [str(kind) for kind in types] == ["i32[]", "key<fry>[]", "bool[2]", "bf16[3]"]
    assert [kind.weak for kind in types] == [True, False, False, False]


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (jnp.float8_e4m3fn, "f8e4m3fn"),
        (jnp.int4, "i4"),
        (jnp.uint8, "u8"),
        (jnp.complex64, "c64"),
        (jnp.float16, "f16"),
    ],
)
def test_dtype_names(dtype: Any, name: str):
    assert read(lambda x: x, jnp.zeros(1, dtype)).main.inputs[0].type.dtype == name


def test_float0():
    graph = read(jax.grad(lambda n: 1.0, allow_int=True), 1)
    kinds = [value.type.dtype for value in graph.main.outputs]
    assert kinds == ["float0"]


def test_symbolic_sizes_are_names():
    batch, length = jax.export.symbolic_shape("batch, length")
    graph = read(
        lambda x: jnp.reshape(x, (x.shape[0] * x.shape[1],)),
        jax.ShapeDtypeStruct((batch, length), jnp.float32),
    )
    assert graph.main.inputs[0].type.shape == ("batch", "length")
    assert graph.main.inputs[0].type.bytes is None
    assert graph.main.outputs[0].type.shape == ("batch*length",)


def test_a_sharding_is_said_where_it_says_something():
    mesh = jax.make_mesh((1,), ("x",), axis_types=(AxisType.Explicit,))
    split = jax.device_put(jnp.ones((4, 4)), NamedSharding(mesh, P("x", None)))
    kinds = [value.type for value in read(lambda a, b: (a, b), split, X).main.inputs]
    assert [kind.sharding for kind in kinds] == ["P('x', None)", ""]


def test_tokens():
    graph = read(lambda x: lax.create_token(x) if hasattr(lax, "create_token") else x, 1.0)
    for node in graph.find("create_token"):
        assert node.outputs[0].type == ArrayType("token", kind="token")


class Opaque:
    """An abstract value that no reader knows."""

    def __str__(self) -> str:
        return "Opaque(3)"


class Silent:
    def __str__(self) -> str:
        raise ValueError("no")


def test_an_unknown_abstract_value_is_shown_as_opaque():
    from jaxlab.readers.avals import array_type

    assert array_type(Opaque()) == ArrayType("Opaque(3)", kind="opaque")
    assert str(array_type(Opaque())) == "Opaque(3)"
    assert array_type(object()) == ArrayType("object", kind="opaque")
    assert array_type(Silent()) == ArrayType("Silent (its text failed: ValueError)", kind="opaque")
