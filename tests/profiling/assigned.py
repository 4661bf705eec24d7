"""Compiled programs with their buffer assignments, for the tests of memory."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxlab import _jax
from jaxlab.graph import Graph
from jaxlab.profiling.memory.buffers import Assignment, read_assignment, statistics_of
from jaxlab.readers.hlo import read_hlo

SQUARE = jnp.ones((64, 64))
SIZE = SQUARE.nbytes


class Assigned(NamedTuple):
    graph: Graph
    assignment: Assignment
    statistics: Any


def assigned(function: Any, *args: Any, **options: Any) -> Assigned:
    compiled = jax.jit(function, **options).lower(*args).compile()
    module, statistics = _jax.hlo_proto(compiled), statistics_of(compiled)
    graph = read_hlo(module)
    serialized = statistics.serialized_buffer_assignment_proto
    return Assigned(graph, read_assignment(serialized, module, graph), statistics)


def loop(x: jax.Array, w: jax.Array) -> tuple[jax.Array, jax.Array]:
    def body(carry: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        carry = jnp.tanh(carry @ w)
        return carry, carry

    last, all_ = jax.lax.scan(body, x, None, length=10)
    return last.T @ x, all_.sum()


def branches(x: jax.Array) -> jax.Array:
    return jax.lax.cond(x[0, 0] > 0, lambda x: jnp.sort(x @ x, 0), lambda x: x @ x @ x, x)


PROGRAMS: Mapping[str, Any] = {
    "matmuls": (lambda x, y: jnp.sort((x @ y) @ y.T, 0) @ x, (SQUARE, SQUARE), {}),
    "donated": (lambda x, y: (x @ y, y.sum()), (SQUARE, SQUARE), {"donate_argnums": 1}),
    "loop": (loop, (SQUARE, SQUARE), {}),
    "gradient of a loop": (jax.grad(lambda x, w: loop(x, w)[1]), (SQUARE, SQUARE), {}),
    "branches": (branches, (SQUARE,), {}),
    "constant": (lambda x: x @ np.eye(64, k=1, dtype=np.float32), (SQUARE,), {}),
}
