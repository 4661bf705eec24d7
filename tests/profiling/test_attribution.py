"""Seconds of instructions among equations: all of them, once, where lineage says they belong."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import pytest

import jaxlab
from examples import gpt2
from jaxlab.profiling.device.attribution import Attribution, attribute
from jaxlab.program import Program

_NO_WORK = ("parameter", "constant", "tuple", "get-tuple-element", "copy", "bitcast")


def shared_out(program: Program, seconds: float = 1.0) -> Attribution:
    """As if every instruction that an equation can claim had taken the same."""
    lineage = program.lineage()
    main = lineage.after.main.nodes
    return attribute({node.id: seconds for node in main}, lineage)


def in_main(found: Attribution) -> float:
    return found.overlay.total(node.id for node in found.graph.main.nodes)


def test_nothing_is_lost_or_counted_twice() -> None:
    def f(x: jax.Array) -> jax.Array:
        y = jnp.tanh(x @ x)
        return jax.lax.cond(y.sum() > 0, jnp.sin, jnp.cos, y)

    found = shared_out(jaxlab.trace(f, jnp.ones((8, 8))), 2.0)
    instructions = len(jaxlab.trace(f, jnp.ones((8, 8))).lineage().after.main.nodes)
    assert found.total == pytest.approx(2.0 * instructions)
    assert in_main(found) == pytest.approx(sum(found.seconds.values()))
    assert sum(found.by_line.values()) == pytest.approx(found.total)
    assert sum(found.by_scope.values()) == pytest.approx(found.total)


def test_a_fusions_time_goes_to_its_equations_by_what_they_cost() -> None:
    def f(x: jax.Array) -> jax.Array:
        return jnp.sin(x) * 2 + jnp.cos(x)

    program = jaxlab.trace(f, jnp.ones((64, 64)))
    lineage = program.lineage()
    (fusion,) = [node for node in lineage.after.main.nodes if node.op == "fusion"]
    found = attribute({fusion.id: 8.0}, lineage)
    taken = {program.jaxpr.node(node).op: share for node, share in found.seconds.items()}
    assert set(taken) == {"sin", "cos", "mul", "add"}
    assert sum(taken.values()) == pytest.approx(8.0)
    assert taken["add"] > taken["sin"] == pytest.approx(taken["cos"])


def test_a_loop_has_the_time_of_all_its_rounds() -> None:
    def f(x: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jnp.tanh(c @ c), None), x, None, length=40)[0]

    program = jaxlab.trace(f, jnp.ones((96, 96)) / 96)
    lineage = program.lineage()
    dots = [node for node in lineage.before.nodes() if node.op == "dot_general"]
    (product,) = lineage.forward(dots[0].id, "tagged", "fused")[:1]
    found = attribute({product: 40.0}, lineage)
    (scan,) = [node.id for node in program.jaxpr.main.nodes if node.op == "scan"]
    assert found.overlay.values[scan] == pytest.approx(40.0)
    assert found.overlay.values[dots[0].id] == pytest.approx(1.0)
    assert found.overlay.source == "attributed"


def test_lines_and_directions_of_a_gradient() -> None:
    def loss(w: jax.Array, x: jax.Array) -> jax.Array:
        with jax.named_scope("layer"):
            y = jnp.tanh(x @ w)
        return (y**2).sum()

    first = inspect.getsourcelines(loss)[1]
    found = shared_out(jaxlab.trace(jax.grad(loss), jnp.ones((8, 8)), jnp.ones((4, 8))))
    scopes = found.by_scope
    assert ("layer", "forward") in scopes and ("layer", "backward") in scopes
    lines = {frame.line: taken for frame, taken in found.by_line.items() if frame is not None}
    assert lines[first + 2] > 0
    assert len(found.by_line) == len({(f and f.file, f and f.line) for f in found.by_line})


def test_a_function_traced_once_is_told_apart_by_its_callers_lines() -> None:
    def f(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        first = jnp.sort(x)
        return first, jnp.sort(y)

    x = jnp.ones(512)
    program = jaxlab.trace(f, x, x)
    lineage = program.lineage()
    sorts = [node.id for node in lineage.after.nodes() if node.op == "sort"]
    assert len(sorts) == 2
    found = attribute({sorts[0]: 1.0, sorts[1]: 2.0}, lineage)
    start = inspect.getsourcelines(f)[1]
    lines = {frame.line - start: taken for frame, taken in found.by_line.items() if frame}
    assert sorted(lines) == [1, 2] and sum(lines.values()) == pytest.approx(3.0)


@pytest.mark.large
def test_a_train_step_is_shared_out_whole() -> None:
    config = gpt2.Config.tiny()
    program = jaxlab.trace(jax.jit(gpt2.train_step), *gpt2.shapes(config))
    found = shared_out(program)
    assert in_main(found) + found.rest == pytest.approx(found.total)
    scopes = {scope for scope, _ in found.by_scope}
    assert {"block_0/attn", "block_1/mlp"} <= scopes
    assert found.rest < 0.35 * found.total, "parameters and constants are the rest"


def test_what_was_measured_in_one_piece_is_shared_out_among_what_runs_in_it() -> None:
    def f(x: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jnp.tanh(c @ c), None), x, None, length=4)[0]

    program = jaxlab.trace(f, jnp.ones((64, 64)))
    lineage = program.lineage()
    (loop,) = [node for node in lineage.after.main.nodes if node.op == "while"]
    body = next(region for role, region in loop.calls if role == "body")
    inside = [node.id for node in lineage.after.regions[body].nodes if node.op not in _NO_WORK]
    found = attribute({loop.id: 8.0}, lineage, {loop.id: inside})
    taken = {program.jaxpr.node(node).op: share for node, share in found.seconds.items()}
    assert found.total == pytest.approx(8.0)
    assert taken["dot_general"] > taken["tanh"] > 0
    whole = attribute({"": 8.0}, lineage, {"": inside})
    assert dict(whole.seconds) == pytest.approx(dict(found.seconds))
    assert attribute({"": 8.0}, lineage).rest == 8.0, "of nothing known"
