"""Constants of an executable: their bytes, where they come from, and who reads them."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tagged import lines_marked

import jaxlab
from jaxlab import _jax
from jaxlab.profiling.memory.buffers import read_assignment, statistics_of
from jaxlab.profiling.memory.constants import (
    CLOSED_OVER,
    NOT_KNOWN,
    WORKED_OUT,
    Constant,
    constants_of,
)

TABLE = np.arange(1024 * 1024, dtype=np.float32).reshape(1024, 1024)


def closes_over(x: jax.Array) -> jax.Array:
    y = x * 2
    return y @ TABLE  # A


def constants_in(function: Any, *args: Any, known: bool = True) -> tuple[Constant, ...]:
    program = jaxlab.trace(function, *args)
    compiled, graph = program.tagged, program.hlo
    serialized = statistics_of(compiled).serialized_buffer_assignment_proto
    assignment = read_assignment(serialized, _jax.hlo_proto(compiled), graph)
    if not known:
        return constants_of(graph, assignment)
    return constants_of(graph, assignment, program.jaxpr, program.lineage())


def test_a_captured_array_has_its_bytes_and_the_line_that_reads_it() -> None:
    (found,) = constants_in(closes_over, jnp.ones((4, 1024)))
    assert found.size == TABLE.nbytes == 4 * 1024 * 1024
    assert (found.source, str(found.type)) == (CLOSED_OVER, "f32[1024,1024]")
    assert found.frame is not None
    assert found.frame.line == lines_marked(closes_over)["A"]


def test_jax_arrays_are_captured_alike() -> None:
    table = jnp.asarray(TABLE)
    (found,) = constants_in(lambda x: x @ table, jnp.ones((4, 1024)))
    assert (found.size, found.source) == (TABLE.nbytes, CLOSED_OVER)


def test_what_xla_worked_out_is_told_apart() -> None:
    left, right = jnp.asarray(TABLE[:64, :3]), jnp.asarray(TABLE[:3, :32])
    found = constants_in(lambda x: x @ (left @ right), jnp.ones((4, 64)))
    assert {(str(each.type), each.source) for each in found} == {("f32[64,32]", WORKED_OUT)}


def test_without_the_jaxpr_the_source_is_not_known() -> None:
    (found,) = constants_in(closes_over, jnp.ones((4, 1024)), known=False)
    assert found.source == NOT_KNOWN


def test_small_ones_are_left_out() -> None:
    assert constants_in(lambda x: jnp.sort(x) * 3 + np.arange(8), jnp.ones(8)) == ()
