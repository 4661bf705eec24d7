"""A trace around a compile, read as phases, passes and the code of fusions."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from jaxlab import _jax
from jaxlab.graph import Graph
from jaxlab.profiling.compiling.passes import (
    CODE,
    PASS,
    PIPELINE,
    ROOT,
    Compilation,
    compilation_of,
    compile_flames,
    fusions_table,
    passes_table,
)
from jaxlab.profiling.trace import Event, tracing
from jaxlab.readers.hlo import read_hlo


def event(
    name: str,
    start: float,
    end: float,
    line: str = "python",
    plane: str = "/host:CPU",
    **stats: str,
) -> Event:
    return Event(name, start, end - start, line, plane, stats)


def tree(compilation: Compilation) -> dict[str, tuple[str, int, float, float]]:
    """Kind, runs, seconds and own seconds by path."""
    paths: list[str] = []
    found: dict[str, tuple[str, int, float, float]] = {}
    for step in compilation.steps:
        above = paths[step.parent] + "/" if step.parent >= 0 else ""
        paths.append(above + step.name)
        found[paths[-1]] = step.kind, step.count, round(step.seconds, 9), round(step.own, 9)
    return found


#   0    1    2    3    4    5    6    7    8    9   10
#   |------------- backend_compile_and_load -----------|     python
#        |--- HLO passes (jit_f) ---|    |- Codegen -|
#          dce      cse     dce
#                                 |fusion.1|                 codegen
COMPILE = (
    event(ROOT, 0, 10),
    event("HLO passes (jit_f)", 1, 6, module="jit_f"),
    event("dce", 1, 2),
    event("cse", 3, 5),
    event("checks", 3, 3.5),
    event("dce", 5, 6),
    event("Codegen", 7, 9.5),
    event("FusionCompiler::Compile", 6, 8, "codegen", module="__compute_module_fusion.1"),
    event("Canonicalizer", 6, 7, "codegen"),
    event("elsewhere", 20, 21, "codegen"),
    event("kernel", 1, 2, "stream", "/device:GPU:0"),
)
EXPECTED = {
    ROOT: ("phase", 1, 10, 2.5),
    f"{ROOT}/HLO passes": (PIPELINE, 1, 5, 1),
    f"{ROOT}/HLO passes/dce": (PASS, 2, 2, 2),
    f"{ROOT}/HLO passes/cse": (PASS, 1, 2, 1.5),
    f"{ROOT}/HLO passes/cse/checks": (PASS, 1, 0.5, 0.5),
    f"{ROOT}/Codegen": ("phase", 1, 2.5, 2.5),
}


def test_steps_nest_by_time_and_equal_ones_are_one() -> None:
    compilation = compilation_of(COMPILE)
    assert tree(compilation) == EXPECTED
    assert compilation.seconds == sum(step.own for step in compilation.steps) == 10


def test_other_threads_stand_apart() -> None:
    compilation = compilation_of(COMPILE)
    assert [(step.name, step.kind, step.own) for step in compilation.apart] == [
        ("FusionCompiler::Compile", "phase", 0),
        ("fusion.1", CODE, 1),
        ("Canonicalizer", "phase", 1),
    ]
    assert (compilation.threads, compilation.seconds_apart) == (1, 2)
    assert compilation.notes == (
        "Another thread made code at the same time: its 2 s overlap with the compile's own 10 s, "
        "part of which is waiting for it.",
    )
    assert compilation.figures == ("4 runs of 3 passes took 4 s of the compile's 10 s",)


def test_a_compile_that_was_handed_to_another_thread_is_the_same_tree() -> None:
    """JAX 0.10 compiles on a thread of its own, which ends a moment after it was waited for."""
    moved = [
        event(
            each.name,
            each.start,
            each.end + (each.name == "Codegen"),
            "tf_PjRtCompilerThreadPool" if each.line == "python" else each.line,
            each.plane,
            **{key: str(value) for key, value in each.stats.items()},
        )
        for each in COMPILE[1:]
    ]
    compilation = compilation_of([COMPILE[0], *moved])
    found = tree(compilation)
    assert found.pop(f"{ROOT}/Codegen") == ("phase", 1, 3, 3)  # cut at the root's own end
    assert found.pop(ROOT) == ("phase", 1, 10, 2)
    assert found == {path: EXPECTED[path] for path in found}
    assert compilation.threads == 1


def test_several_compiles_are_added_up() -> None:
    later = [
        Event(each.name, each.start + 100, each.seconds, each.line, each.plane, each.stats)
        for each in COMPILE
    ]
    compilation = compilation_of([*COMPILE, *later])
    assert compilation.seconds == 20
    assert compilation.steps[0].count == 2


def test_tables_and_charts_name_what_took_the_longest() -> None:
    compilation = compilation_of(COMPILE)
    table = passes_table(compilation)
    assert table.rows[1] == ("Codegen", "phase", 1, 2.5, 0.25, "")
    assert table.rows[0][:4] == (ROOT, "phase", 1, 2.5)
    assert sum(float(row[3]) for row in table.rows) == 10
    assert fusions_table(compilation).rows == (("fusion.1", 2, 1.0),)
    main, others = compile_flames(compilation)
    assert main.parents == (-1, 0, 1, 1, 3, 0)
    assert main.values == (10, 5, 2, 2, 0.5, 2.5)
    assert others.names[0] == "FusionCompiler::Compile"


def test_what_nobody_could_see_is_left_out_of_the_chart() -> None:
    compilation = compilation_of([*COMPILE, event("tiny", 9.6, 9.601)])
    assert "tiny" not in compile_flames(compilation)[0].names
    assert "tiny" in {step.name for step in compilation.steps}


def test_nothing_to_see_is_said() -> None:
    assert compilation_of(()).notes == (
        "The compiler was not seen: nothing was compiled while the trace ran.",
    )
    cached = compilation_of([event(ROOT, 0, 1)])
    assert "came from a cache" in cached.notes[0]
    assert cached.figures == ()
    assert fusions_table(cached).rows == ()
    assert [chart.names for chart in compile_flames(cached)] == [(ROOT,)]


def compiled(function: Any, *args: Any) -> tuple[Compilation, Graph]:
    lowered = jax.jit(function).lower(*args)
    with tracing(host_level=2) as trace:
        executable = lowered.compile()
    hlo = read_hlo(_jax.hlo_proto(executable))
    return compilation_of(trace.events, hlo), hlo


def test_a_real_compile_is_wholly_accounted_for() -> None:
    def step(x: jax.Array, w: jax.Array) -> jax.Array:
        def body(carry: jax.Array, _: Any) -> tuple[jax.Array, None]:
            return jnp.tanh(carry @ w), None

        return jax.lax.scan(body, jnp.sin(x) * 2 + 1, None, length=7)[0].sum()

    compilation, hlo = compiled(jax.grad(step), jnp.ones((64, 64)), jnp.ones((64, 64)))
    assert compilation.steps[0].name == ROOT
    assert sum(step.own for step in compilation.steps) == pytest.approx(compilation.seconds)
    assert sum(step.own for step in compilation.apart) == pytest.approx(compilation.seconds_apart)
    assert all(step.own > -1e-9 for step in (*compilation.steps, *compilation.apart))
    kinds = {step.name: step.kind for step in compilation.steps}
    if jax.__version_info__ >= (0, 10, 2):  # before, XLA did not mark pipelines: all are phases
        assert kinds["HLO passes through layout assignment"] == PIPELINE
        assert kinds["layout-assignment"] == kinds["dce"] == PASS
    assert compilation.fusions
    for fusion in compilation.fusions:
        assert hlo.node(fusion.node).op == "fusion"
        assert hlo.node(fusion.node).outputs[0].name == fusion.name
