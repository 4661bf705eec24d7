"""What experts look for: found where it is, and not found in the clean program beside it."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from hlo_modules import MODULES, parsed_text
from tagged import lines_marked, proto

from examples import gpt2
from jaxlab._jax import compile_tagged
from jaxlab.analyses.lineage import Lineage, lineage_between, lower_tagged
from jaxlab.graph import Graph
from jaxlab.profiling.device.operations import Operations, operations_of
from jaxlab.profiling.hints import Hint, hints_of, hints_table
from jaxlab.profiling.trace import tracing
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr

X = jax.ShapeDtypeStruct((1024, 1024), jnp.float32)
HALF = jax.ShapeDtypeStruct((1024, 1024), jnp.bfloat16)
NARROW = jax.ShapeDtypeStruct((1024, 8), jnp.float32)
ROWS = jax.ShapeDtypeStruct((2000,), jnp.int32)
TINY = jax.ShapeDtypeStruct((8, 8), jnp.float32)


def compiled(function: Any, *args: Any, **options: Any) -> tuple[Graph, Lineage, Any]:
    traced = jax.jit(function, **options).trace(*args)
    executable = compile_tagged(lower_tagged(traced))
    hlo = read_hlo(proto(executable))
    return hlo, lineage_between(read_jaxpr(traced.jaxpr), hlo), executable


def found(function: Any, *args: Any) -> tuple[Hint, ...]:
    hlo, lineage, _ = compiled(function, *args)
    hints = hints_of(hlo, lineage)
    for hint in hints:
        assert hlo.get(hint.node) is not None
        assert 0 <= hint.share <= 1 and hint.amount > 0 and hint.remedy.endswith(".")
    return hints


def reordered(x: jax.Array, w: jax.Array) -> jax.Array:
    blocks = x.reshape(128, 64, 128)
    moved = jnp.einsum("abc->cab", blocks)  # L
    return moved.reshape(1024, 1024) @ w


def in_order(x: jax.Array, w: jax.Array) -> jax.Array:
    return x.reshape(128, 64, 128).reshape(1024, 1024) @ w


def mixed(x: jax.Array, w: jax.Array) -> jax.Array:
    return x @ w  # L


def wide_result(x: jax.Array, w: jax.Array) -> jax.Array:
    return jnp.matmul(x, w, preferred_element_type=jnp.float32)


def widened(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    wide = x.astype(jnp.float32)  # L
    return wide, jnp.sin(wide).sum()


def widened_within(x: jax.Array) -> jax.Array:
    return jnp.sin(x.astype(jnp.float32)).astype(x.dtype)


def apart(x: jax.Array) -> jax.Array:
    y = jnp.sin(x) * 2  # L
    return jnp.cos(jax.lax.optimization_barrier(y)) + 1


def together(x: jax.Array) -> jax.Array:
    return jnp.cos(jnp.sin(x) * 2) + 1


def looked_up(x: jax.Array, rows: jax.Array) -> jax.Array:
    return (x[rows] * 2).sum()  # L


def sliced(x: jax.Array, rows: jax.Array) -> jax.Array:
    return (x[: rows.size] * 2).sum()


def looked_up_and_used(x: jax.Array, rows: jax.Array) -> jax.Array:
    y = x[rows[:1024]]
    for _ in range(4):
        y = jnp.tanh(y @ x)
    return y


def put(x: jax.Array, rows: jax.Array) -> jax.Array:
    return x.at[rows].add(1.0)  # L


def padded(x: jax.Array, w: jax.Array) -> jax.Array:
    wide = jnp.pad(x, ((0, 1024), (0, 0)))  # L
    return wide @ w


def hardly_padded(x: jax.Array, w: jax.Array) -> jax.Array:
    return jnp.pad(x, ((0, 64), (0, 0))) @ w


def stepped(x: jax.Array, w: jax.Array) -> jax.Array:
    return jax.lax.fori_loop(0, 1000, lambda _, c: jnp.tanh(c @ w), x)  # L


def stepped_seldom(x: jax.Array, w: jax.Array) -> jax.Array:
    return jax.lax.fori_loop(0, 20, lambda _, c: jnp.tanh(c @ w), x)


def block(x: jax.Array, w: jax.Array) -> jax.Array:
    return jnp.sin(jnp.sin(x @ w) @ w)  # L


def checkpointed(w: jax.Array, x: jax.Array) -> jax.Array:
    for _ in range(2):
        x = jax.checkpoint(block)(x, w)
    return x.sum()


def saved(w: jax.Array, x: jax.Array) -> jax.Array:
    policy = jax.checkpoint_policies.dots_saveable
    for _ in range(2):
        x = jax.checkpoint(block, policy=policy)(x, w)
    return x.sum()


def plain(w: jax.Array, x: jax.Array) -> jax.Array:
    for _ in range(2):
        x = block(x, w)
    return x.sum()


# A program with something to see, the line of it, and a sibling with nothing.
PAIRS: dict[str, tuple[str, Callable[..., Any], tuple[Any, ...], Callable[..., Any], Any]] = {
    "transpose": ("layout", reordered, (X, NARROW), in_order, None),
    "mixed product": ("upcast", mixed, (HALF, X), mixed, (X, X)),
    "stored upcast": ("upcast", widened, (HALF,), widened_within, None),
    "gather": ("indexing", looked_up, (X, ROWS), sliced, None),
    "scatter": ("indexing", put, (X, ROWS), looked_up_and_used, None),
    "padding": ("padding", padded, (X, NARROW), hardly_padded, None),
    "small loop": ("loop", stepped, (TINY, TINY), stepped_seldom, None),
    "remat": ("remat", jax.grad(checkpointed), (X, X), jax.grad(plain), None),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_is_found_on_its_line_and_not_beside_it(name: str) -> None:
    kind, function, args, sibling, other = PAIRS[name]
    hints = found(function, *args)
    assert [hint.kind for hint in hints] == [kind]
    marked = block if name == "remat" else function
    assert hints[0].frame is not None
    assert hints[0].frame.line == lines_marked(marked)["L"]
    assert found(sibling, *(other or args)) == ()


def test_what_they_say() -> None:
    (layout,) = found(reordered, X, NARROW)
    assert layout.headline == "A transpose of f32[1024,1024] moved 8.39 MB"
    assert "The program transposes it." in layout.what
    (upcast,) = found(mixed, HALF, X)
    assert upcast.headline == "A product of bf16 numbers is computed in f32: 2.15 GFLOP"
    (pad,) = found(padded, X, NARROW)
    assert pad.headline == "50 % of f32[2048,1024] is padding"
    (loop,) = found(stepped, TINY, TINY)
    assert loop.headline == "A loop of 1,000 rounds does next to nothing in each"


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (together, (X,)),
        (jax.grad(saved), (X, X)),  # products are kept, only sines computed again
        (lambda x: jax.nn.softmax(x), (X,)),
        (lambda x: jnp.sort(x), (X,)),
        (lambda x, w: jax.lax.scan(lambda c, _: (jnp.tanh(c @ w), None), x, None, 50)[0], (X, X)),
        (lambda x: jax.lax.fori_loop(0, 1000, lambda i, c: c * 1.01 + i, x), (TINY,)),
        (lambda x: jnp.sin(x).T[::-1] + jnp.pad(x, 4)[:8, :8] + x[jnp.arange(8)], (TINY,)),
    ],
)
def test_clean_programs_and_tiny_ones_have_nothing(
    function: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    assert found(function, *args) == ()


def test_products_that_the_back_end_widens_are_one_hint() -> None:
    def function(x: jax.Array, w: jax.Array) -> jax.Array:
        return (x @ w) @ w

    for hint in found(function, HALF, HALF):  # JAX 0.12 has products of bf16 on some CPUs
        assert hint.headline == (
            "This back end computes products of bf16 numbers in f32: 2 with 4.29 GFLOP"
        )


def test_recomputation_has_its_price() -> None:
    (hint,) = found(jax.grad(checkpointed), X, X)
    assert hint.unit == "FLOP"
    products = round(hint.amount / (2 * 1024**3))
    assert products in (2, 3, 4)  # of the last block only one is needed
    hlo, lineage, _ = compiled(jax.grad(checkpointed), X, X)
    assert "dot_general" in {
        lineage.before.node(origin).op for origin in lineage.back(hint.node)
    }, hlo


def test_the_measured_time_decides_where_there_is_one() -> None:
    hlo, lineage, _ = compiled(reordered, X, NARROW)
    (modelled,) = hints_of(hlo, lineage)
    others = (node for node in hlo.main.nodes if node.id != modelled.node)
    dot = next(node.id for node in others if node.op == "dot" or "ynn" in str(node))
    for moving, expected in ((0.004, 1), (0.00001, 0)):
        seconds = {modelled.node: moving, dot: 0.01}
        operations = Operations(1, (0.014,), 0.014, seconds, seconds, {}, (), {}, {})
        hints = hints_of(hlo, lineage, operations)
        assert len(hints) == expected
        assert all((hint.amount, hint.unit) == (moving, "s") for hint in hints)
        assert all(hint.share == pytest.approx(0.004 / 0.014) for hint in hints)


def test_a_loop_that_was_measured_says_what_a_start_costs() -> None:
    hlo, lineage, executable = compiled(stepped, TINY, TINY)
    x = jnp.ones((8, 8))
    with tracing() as trace:
        jax.block_until_ready(executable(x, x))
    (hint,) = hints_of(hlo, lineage, operations_of(trace.events, hlo))
    assert (hint.kind, hint.unit) == ("loop", "s")
    assert hint.share > 0.9
    assert "for each, on average" in hint.what


def test_the_worst_comes_first() -> None:
    def function(x: jax.Array, rows: jax.Array, w: jax.Array) -> Any:
        return (x[rows] * 2).sum(), reordered(x, w)

    hints = found(function, X, ROWS, NARROW)
    assert {hint.kind for hint in hints} == {"indexing", "layout"}
    assert [hint.share for hint in hints] == sorted((hint.share for hint in hints), reverse=True)
    table = hints_table(hints)
    assert table.nodes == tuple(hint.node for hint in hints)
    assert all(len(row) == len(table.columns) == len(table.units) for row in table.rows)
    assert str(table.rows[0][2]).startswith("test_hints.py:")


def test_without_lineage_what_needs_it_is_not_said() -> None:
    hlo, _, _ = compiled(jax.grad(checkpointed), X, X)
    assert hints_of(hlo) == ()
    hlo, _, _ = compiled(reordered, X, NARROW)
    assert [hint.kind for hint in hints_of(hlo)] == ["layout"]


#  x -> sine -> cosine -> result, each a loop of its own
UNFUSED = """HloModule apart, is_scheduled=true

ENTRY main {
  x = f32[1024,1024]{1,0} parameter(0)
  s = f32[1024,1024]{1,0} sine(x)
  ROOT c = f32[1024,1024]{1,0} cosine(s)
}
"""


def test_elementwise_work_that_stands_alone() -> None:
    (hint,) = hints_of(read_hlo(parsed_text(UNFUSED)[0]))
    assert (hint.kind, hint.node, hint.share) == ("unfused", "main/1", 0.5)
    assert hint.headline == "`s` and `c` are elementwise and not fused"
    assert "f32[1024,1024] is written by one and read by the other" in hint.what
    assert "8.39 MB of traffic" in hint.what


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1024,1024", "64,64"),  # too small to matter
        ("cosine(s)", "add(x, x)"),  # does not read it
        ("ROOT c = f32[1024,1024]{1,0} cosine(s)", "c = f32[1024,1024]{1,0} cosine(s)\n"
         "  ROOT t = (f32[1024,1024]{1,0}, f32[1024,1024]{1,0}) tuple(s, c)"),  # is needed, too
        ("cosine(s)", "custom-call(s), custom_call_target=\"mine\""),  # no loop over elements
    ],
)  # fmt: skip
def test_work_that_fusing_would_not_save(before: str, after: str) -> None:
    assert before in UNFUSED
    assert hints_of(read_hlo(parsed_text(UNFUSED.replace(before, after))[0])) == ()


def test_a_barrier_is_named_where_the_compiler_kept_it() -> None:
    """XLA for CPUs fused across barriers in JAX 0.10: then there is nothing to say."""
    hlo, lineage, _ = compiled(apart, X)
    fusions = [node for node in hlo.main.nodes if node.op == "fusion"]
    hints = hints_of(hlo, lineage)
    assert len(hints) == len(fusions) - 1
    for hint in hints:
        assert "optimization_barrier" in hint.remedy
        assert hint.frame is not None and hint.frame.line == lines_marked(apart)["L"]


def test_tiles_that_are_mostly_padding() -> None:
    def module(columns: int) -> Graph:
        kind = f"f32[100000,{columns}]{{1,0:T(8,128)}}"
        return read_hlo(
            parsed_text(
                "HloModule tiled, is_scheduled=true\n\nENTRY main {\n"
                f"  x = {kind} parameter(0)\n  ROOT y = {kind} exponential(x)\n}}\n"
            )[0]
        )

    (hint,) = hints_of(module(3))
    assert hint.kind == "padding"
    assert hint.headline == "97.7 % of f32[100000,3] is padding of its tiles"
    assert hints_of(module(128)) == hints_of(module(120)) == ()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_looked_at(name: str) -> None:
    hlo = read_hlo(MODULES[name]()[0])
    for hint in hints_of(hlo):
        assert hlo.get(hint.node) is not None


def test_gpt2_of_f32_has_nothing_and_of_bf16_what_the_back_end_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = gpt2.Config(layers=2, heads=4, width=256, vocabulary=2048, length=128, batch=4)
    hints = found(lambda *args: gpt2.train_step(*args), *gpt2.shapes(config))
    assert {hint.headline.partition(" numbers")[0] for hint in hints} <= {
        "This back end computes products of bf16"
    }
    monkeypatch.setattr(gpt2.jnp, "bfloat16", jnp.float32)
    assert found(lambda *args: gpt2.train_step(*args), *gpt2.shapes(config)) == ()


SHARDED = """
import jax, jax.numpy as jnp
jax.config.update("jax_num_cpu_devices", 4)
from jax.sharding import NamedSharding, PartitionSpec as P
from test_hints import found
mesh = jax.make_mesh((4,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
def spread(*spec):
    return jax.ShapeDtypeStruct((1024, 1024), jnp.float32, sharding=NamedSharding(mesh, P(*spec)))
rows, columns, whole = spread("d"), spread(None, "d"), spread()
def each(function, specs, out):
    return jax.shard_map(function, mesh=mesh, in_specs=specs, out_specs=out)
programs = {
    "other order": (lambda x: x + x.T, rows),
    "two ways": (lambda x, w: jnp.tanh(x @ w), rows, columns),
    "by rows": (lambda x, w: jnp.tanh(x @ w), rows, whole),
    "gradient": (jax.grad(lambda w, x: ((x @ w) ** 2).mean()), whole, rows),
    "sum": (lambda x: x.sum(0), rows),
    "psum": (each(lambda x: jax.lax.psum(x, "d"), P("d"), P()), rows),
    "gathered": (each(lambda x: jax.lax.all_gather(x, "d")[0], P("d"), P("d")), rows),
    "asked": (lambda x: jax.lax.with_sharding_constraint(x * 2, NamedSharding(mesh, P())), rows),
}
for name, (function, *args) in programs.items():
    kinds = [hint.headline for hint in found(function, *args) if hint.kind == "collective"]
    print(name, *kinds, sep=" | ")
"""


def test_collectives_that_nobody_asked_for() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SHARDED],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parent.parent}:"
            f"{Path(__file__).parent.parent.parent}",
            "JAX_PLATFORMS": "cpu",
        },
    )
    assert run.returncode == 0, run.stderr
    said = dict(line.partition(" | ")[::2] for line in run.stdout.splitlines())
    assert said.pop("other order").startswith("No equation asks for this `all-to-all` of ")
    assert "No equation asks for this `all-gather` of " in said.pop("two ways")
    assert said == dict.fromkeys(("by rows", "gradient", "sum", "psum", "gathered", "asked"), "")
