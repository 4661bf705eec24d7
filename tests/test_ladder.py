"""The ladder of transforms, and what the inner functions are called with."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import pytest

import jaxlab
from jaxlab.capture.ladder import ladder_of


def loss(w, x):
    return jnp.tanh(x @ w).sum()


W = jax.ShapeDtypeStruct((4,), "float32")
X = jax.ShapeDtypeStruct((5, 4), "float32")


def texts(function, *args):
    return [rung.text for rung in ladder_of(function, args, {})]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (loss, ["loss"]),
        (jax.grad(loss), ["loss", "grad(loss)"]),
        (jax.jit(loss), ["loss", "jit(loss)"]),
        (jax.value_and_grad(loss), ["loss", "value_and_grad(loss)"]),
        (jax.checkpoint(loss), ["loss", "checkpoint(loss)"]),
        (jax.hessian(loss), ["loss", "jacrev(loss)", "jacfwd(jacrev(loss))"]),
        (
            jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0))),
            ["loss", "grad(loss)", "vmap(grad(loss))", "jit(vmap(grad(loss)))"],
        ),
        (jax.grad(functools.partial(loss)), ["loss", "grad(loss)"]),
    ],
)
def test_texts(function, expected):
    assert texts(function, W, X) == expected


def test_every_rung_is_a_program_where_its_arguments_are_known():
    program = jaxlab.trace(jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0))), W, X)
    rungs = dict(program.transforms)
    assert rungs["jit(vmap(grad(loss)))"] is program
    plain = rungs["loss"]
    assert plain is not None
    assert str(plain.jaxpr.main.inputs[1].type) == "f32[4]"  # without the mapped axis
    assert str(plain.jaxpr.main.outputs[0].type) == "f32[]"
    assert str(rungs["grad(loss)"].jaxpr.main.outputs[0].type) == "f32[4]"


def test_axes_of_pytrees_and_of_keywords():
    def f(params, x, *, scale):
        return (params["w"] * x).sum() * scale

    mapped = jax.vmap(f, in_axes=({"w": None, "b": 0}, 1))
    params = {"w": W, "b": X}
    program = jaxlab.trace(mapped, params, jax.ShapeDtypeStruct((4, 5), "float32"), scale=X)
    inner = dict(program.transforms)["f"]
    assert inner is not None
    assert [str(v.type) for v in inner.jaxpr.main.inputs] == ["f32[4]"] * 4


def test_a_wrapper_of_the_users_ends_the_ladder():
    @functools.wraps(loss)
    def wrapped(*args):
        return 2 * loss(*args)

    assert texts(jax.grad(wrapped), W, X) == ["loss", "grad(loss)"]


def test_what_is_not_known_says_so():
    rungs = ladder_of(jax.pmap(loss), (W, X), {})
    assert rungs[0].args is None
    assert "pmap" in rungs[0].unknown
