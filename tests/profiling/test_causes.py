"""Why a compile takes as long as it does: lines, constants, shapes."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tagged import lines_marked

from jaxlab.graph import Graph
from jaxlab.profiling.compiling.causes import (
    captured_table,
    constants_of,
    lines_of,
    lines_table,
    types_of,
    types_table,
    unrolled_lines,
    why,
)
from jaxlab.readers.jaxpr import read_jaxpr

X = jnp.ones((16, 16))


def read(function: Any, *args: Any) -> Graph:
    return read_jaxpr(jax.jit(function).trace(*args).jaxpr)


def layer(x: jax.Array, w: Any) -> jax.Array:
    y = jnp.sin(x) @ w  # S
    return jnp.tanh(y * 2 + x)  # T


def unrolled(x: jax.Array, rounds: int = 100) -> jax.Array:
    x = x + 1  # A
    for _ in range(rounds):
        x = layer(x, x)  # L
    return x.sum()  # Z


def looped(x: jax.Array) -> jax.Array:
    return jax.lax.fori_loop(0, 100, lambda _, x: layer(x, x), x).sum()


def test_an_unrolled_loop_is_one_line_that_owns_all() -> None:
    for function in (unrolled, jax.grad(unrolled)):
        graph = read(function, X)
        marks = lines_marked(unrolled)
        (found,) = unrolled_lines(graph)
        assert (found.frame.line, found.rounds, found.own) == (marks["L"], 100, 0)
        assert found.equations > 0.95 * len(graph)
        (said,) = why(graph)
        assert f"test_causes.py:{marks['L']} was traced 100 times" in said
        assert "`jax.lax.scan`" in said


def test_lines_are_counted_with_and_without_what_they_call() -> None:
    graph = read(unrolled, X)
    lines = {line.frame.line: line for line in lines_of(graph)}
    marks = lines_marked(unrolled) | lines_marked(layer)
    counts = {mark: (lines[at].own, lines[at].equations) for mark, at in marks.items()}
    assert counts == {"S": (200, 200), "T": (300, 300), "L": (0, 500), "A": (1, 1), "Z": (1, 1)}
    assert sum(line.own for line in lines.values()) == len(graph) == 502
    table = lines_table(graph)
    assert table.rows[0] == (
        f"test_causes.py:{marks['T']} (layer)",
        300,
        300 / 502,
        300,
        100,
    )
    assert graph.node(table.nodes[0]).origin.frames[0].line == marks["T"]


def test_what_is_no_unrolled_loop_is_not_called_one() -> None:
    assert why(read(looped, X)) == ()
    assert why(read(lambda x: unrolled(x, 7), X)) == ()  # rounds too few
    assert why(read(lambda x: unrolled(x, 40), X)) == ()  # equations too few


def test_a_function_jitted_once_does_not_hide_the_rounds() -> None:
    shared = jax.jit(lambda x: jnp.cos(x) + 1)

    def function(x: jax.Array) -> jax.Array:
        for _ in range(100):
            x = layer(shared(x), x)  # L
        return x

    (found,) = unrolled_lines(read(function, X))
    assert (found.frame.line, found.rounds) == (lines_marked(function)["L"], 100)


def test_captured_constants_are_told_by_size() -> None:
    large, small = np.ones((512, 512), np.float32), np.ones((3, 4), np.float32)
    graph = read(lambda x: x @ large @ large.T, large)
    assert [size for _, size in constants_of(graph)] == [1_048_576, 1_048_576]
    assert captured_table(graph).rows[0] == ("f32[512,512]", 1_048_576)
    (said,) = why(graph)
    assert said.startswith("2 captured arrays of 2.1 MB became constants of the program")
    assert why(read(lambda x: x @ small, np.ones((4, 3), np.float32))) == ()


def test_many_shapes_are_told() -> None:
    def function(x: jax.Array) -> jax.Array:
        return sum(x[:size].sum() for size in range(1, 320))  # pyright: ignore[reportReturnType]

    graph = read(function, jnp.ones(400))
    assert len(types_of(graph)) == 320
    assert types_table(graph).title == "Distinct types and shapes: 320"
    assert types_table(graph).rows[0][0] == "f32[]"
    assert any("320 distinct types and shapes" in said for said in why(graph))
