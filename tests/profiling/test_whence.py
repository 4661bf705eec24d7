"""Whose line and scope an instruction has: its own, or those of what it reads."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import jax
import jax.numpy as jnp
from tagged import lines_marked

import jaxlab
from jaxlab import _jax
from jaxlab.profiling.memory.whence import frame_of, origin_of
from jaxlab.readers.hlo import read_hlo

COPIED = """
HloModule copied, is_scheduled=true

body {
  state = (f32[8]) parameter(0)
  x = f32[8] get-tuple-element(state), index=0
  again = f32[8] copy(x)
  ROOT made = (f32[8]) tuple(again)
}

condition {
  state.1 = (f32[8]) parameter(0)
  ROOT yes = pred[] constant(true)
}

ENTRY main {
  a = f32[8] parameter(0)
  b = f32[8] sine(a), metadata={op_name="jit(f)/transpose(jvp(layer))/sin"}
  moved = f32[8] copy(b)
  start = (f32[8]) tuple(moved)
  loop = (f32[8]) while(start), condition=condition, body=body,
    metadata={op_name="jit(f)/deep/while"}
  ROOT out = f32[8] get-tuple-element(loop), index=0
}
"""


def test_a_copy_has_the_scope_of_what_it_copies() -> None:
    graph = read_hlo(_jax.hlo_text_to_proto(COPIED))
    node = {each.outputs[0].name: each for each in graph.nodes()}
    assert origin_of(graph, node["b"]).scope == "layer"
    assert origin_of(graph, node["moved"]).scope == "layer"
    assert origin_of(graph, node["moved"]).backward
    assert origin_of(graph, node["again"]).scope == "deep"
    assert origin_of(graph, node["a"]).scope == ""
    assert origin_of(graph, None).frames == ()


def two_sorts(x: jax.Array) -> jax.Array:
    with jax.named_scope("first"):
        y = jnp.sort(x)  # A
    with jax.named_scope("second"):
        return jnp.sort(y * 2)  # B


def test_a_function_that_was_traced_once_has_the_line_of_each_call() -> None:
    program = jaxlab.trace(two_sorts, jnp.ones((64, 64)))
    lineage, lines = program.lineage(), lines_marked(two_sorts)
    found = [
        (origin_of(program.hlo, node).scope, frame.line)
        for node in program.hlo.find("sort")
        if (frame := frame_of(program.hlo, node, lineage)) is not None
    ]
    assert found == [("first", lines["A"]), ("second", lines["B"])]
