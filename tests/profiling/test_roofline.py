"""Each instruction against the roof: which bound, how near, what is left out."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest
from hlo_modules import parsed_text
from sketch import sketch
from tagged import proto

from jaxlab.charts import Roof
from jaxlab.profiling.device.operations import operations_of
from jaxlab.profiling.roofline.points import (
    COMPUTE,
    MEMORY,
    points_of,
    product_dtype,
    roofline_chart,
    roofline_notes,
    roofline_table,
    speed_overlays,
)
from jaxlab.profiling.trace import tracing
from jaxlab.readers.hlo import read_hlo

ROOF = Roof("test", 1e9, 1e8, "made up")  # ten FLOP per byte

#  x, w -> dot (2 * 100 * 100 * 100 FLOP, 120,000 B) -> copy (80,000 B) -> while
PROGRAM = sketch(
    """
    main(x: f32[100,100], w: f32[100,100]) -> z
      y: f32[100,100] = dot x w | lhs=1
      z: f32[100,100] = copy y
      u: f32[100,100] = frobnicate z
      v: f32[100,100] = while z | calls=body:body,condition:body
    body(a: f32[100,100]) -> b
      b: f32[100,100] = add a a
    """.replace("\n    ", "\n"),
    stage="hlo",
)
DOT = "main/0"
PROGRAM.node(DOT).params["lhs_contracting_dims"] = (1,)  # type: ignore[index]
SECONDS = {DOT: 0.004, "main/1": 0.001, "main/2": 0.002, "main/3": 0.5, "body/0": 0.003}
COUNTS = {DOT: 1.0, "main/1": 1.0, "main/3": 1.0, "body/0": 10.0}


def test_points_are_modelled_work_over_measured_time() -> None:
    points = points_of(PROGRAM, SECONDS, COUNTS, ROOF)
    assert [(point.node, point.bound) for point in points] == [
        (DOT, COMPUTE),
        ("body/0", MEMORY),
        ("main/1", MEMORY),
    ]
    dot, add, copy = points
    assert (dot.flops, dot.bytes) == (2_000_000, 120_000)
    assert dot.flops_per_second == pytest.approx(5e8)
    assert dot.intensity == pytest.approx(2_000_000 / 120_000)
    assert dot.share == pytest.approx(0.5)
    assert (add.flops, add.bytes) == (100_000, 800_000)  # ten rounds
    assert add.share == pytest.approx(0.008 / 0.003)
    assert copy.share == pytest.approx(0.0008 / 0.001)
    assert (copy.flops, copy.intensity) == (0, 0)


def test_the_chart_has_what_computes_and_the_table_all() -> None:
    points = points_of(PROGRAM, SECONDS, COUNTS, ROOF)
    chart = roofline_chart(points, (ROOF,))
    assert (chart.nodes, chart.roofs) == ((DOT, "body/0"), (ROOF,))
    table = roofline_table(points)
    assert table.nodes == (DOT, "body/0", "main/1")
    assert all(len(row) == len(table.columns) == len(table.units) for row in table.rows)
    flops, moved = speed_overlays(points)
    assert flops.values[DOT] == pytest.approx(5e8)
    assert moved.values["main/1"] == pytest.approx(8e7)


def test_what_has_no_point_is_said() -> None:
    points = points_of(PROGRAM, SECONDS, COUNTS, ROOF)
    above, missed = roofline_notes(points, SECONDS, PROGRAM)
    assert above.startswith("1 of 3 instructions are above the roof")
    assert (
        missed == "98% of the time has no point: no model knows the work of `while`, `frobnicate`."
    )
    assert roofline_notes((), {}, PROGRAM) == ()


def test_the_dtype_is_that_of_most_of_the_work() -> None:
    text = """HloModule products
ENTRY main {
  x = f32[8,8] parameter(0)
  y = bf16[64,64] parameter(1)
  small = f32[8,8] dot(x, x), lhs_contracting_dims={1}, rhs_contracting_dims={0}
  large = f32[64,64] dot(y, y), lhs_contracting_dims={1}, rhs_contracting_dims={0}
  ROOT both = (f32[8,8], f32[64,64]) tuple(small, large)
}
"""
    assert product_dtype(read_hlo(parsed_text(text)[0])) == "bf16"
    assert (
        product_dtype(sketch("main(x: bf16[4]) -> y\n  y: bf16[4] = add x x", stage="hlo")) == "f32"
    )


def test_a_real_program_has_a_point_for_its_product_in_a_loop() -> None:
    def function(x: jax.Array, w: jax.Array) -> jax.Array:
        def body(carry: jax.Array, _: Any) -> tuple[jax.Array, None]:
            return jnp.tanh(carry @ w), None

        return jax.lax.scan(body, x, None, length=7)[0]

    x = jnp.ones((256, 256))
    compiled = jax.jit(function).lower(x, x).compile()
    jax.block_until_ready(compiled(x, x))
    with tracing() as trace:
        jax.block_until_ready(compiled(x, x))
    hlo = read_hlo(proto(compiled))
    operations = operations_of(trace.events, hlo)
    points = points_of(hlo, operations.seconds, operations.counts, ROOF)
    most = max(points, key=lambda point: point.flops)
    assert most.flops == pytest.approx(7 * 2 * 256**3, rel=0.02)
    assert most.bound == COMPUTE
