"""The program that the page's tests look at: a train step with scopes, small enough to compile."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

Params = dict[str, Any]


def loss(params: Params, x: jax.Array, y: jax.Array) -> jax.Array:
    for number in range(2):
        with jax.named_scope(f"block_{number}"):
            x = jnp.tanh(x @ params["hidden"][number])
    with jax.named_scope("head"):
        scores = x @ params["head"]
        return jnp.mean((scores - y) ** 2)


def step(params: Params, x: jax.Array, y: jax.Array) -> tuple[Params, jax.Array]:
    value, grads = jax.value_and_grad(loss)(params, x, y)
    with jax.named_scope("sgd"):
        new = jax.tree.map(lambda param, grad: param - 0.1 * grad, params, grads)
    return new, value


def arguments() -> tuple[Params, jax.Array, jax.Array]:
    hidden = [jnp.ones((8, 8)), jnp.ones((8, 8))]
    return {"hidden": hidden, "head": jnp.ones((8, 4))}, jnp.ones((16, 8)), jnp.ones((16, 4))
