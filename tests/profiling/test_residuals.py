"""What is saved for the backward pass, against JAX's own list of it and against known sizes."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax._src.ad_checkpoint import saved_residuals
from tagged import Seen, lines_marked

from jaxlab.profiling.memory.residuals import Residual, Residuals, residuals_of
from jaxlab.readers.jaxpr import read_jaxpr

WEIGHTS = [jnp.ones((8, 8)), jnp.ones((8, 8)), jnp.ones((8, 4))]
X = jnp.ones((16, 8))


def mlp(weights: list[jax.Array], x: jax.Array) -> jax.Array:
    for index, weight in enumerate(weights):
        with jax.named_scope(f"layer_{index}"):
            x = jnp.tanh(x @ weight)  # A
    return jnp.square(x).sum()  # B


def stacked(weights: jax.Array, x: jax.Array, layer: Any) -> jax.Array:
    return jax.lax.scan(lambda x, w: (layer(w, x), None), x, weights)[0].sum()


def layer(weight: jax.Array, x: jax.Array) -> jax.Array:
    return jnp.tanh(jnp.sin(x @ weight))


def found_in(function: Any, *args: Any) -> Residuals:
    return residuals_of(read_jaxpr(jax.jit(function).trace(*args).jaxpr))


def sizes(residuals: tuple[Residual, ...]) -> list[int | None]:
    return sorted((each.size for each in residuals), key=lambda size: size or 0)


def test_they_are_those_that_jax_lists() -> None:
    """JAX lists arguments too; results are told apart by what it says of each."""
    listed = saved_residuals(mlp, WEIGHTS, X)
    results = sorted(
        aval.size * aval.dtype.itemsize for aval, text in listed if "argument" not in text
    )
    found = found_in(jax.value_and_grad(mlp), WEIGHTS, X)
    assert sizes(found.saved) == results
    assert found.total == sum(results)


def test_each_has_its_line_and_its_scope() -> None:
    lines = lines_marked(mlp)
    found = found_in(jax.value_and_grad(mlp), WEIGHTS, X)
    at_line = {each.frame.line for each in found.saved if each.frame}
    assert at_line == {lines["A"], lines["B"]}
    scopes = {each.scope for each in found.saved if each.frame and each.frame.line == lines["A"]}
    assert scopes == {"layer_0", "layer_1", "layer_2"}


def test_arguments_are_counted_apart() -> None:
    found = found_in(jax.grad(mlp), WEIGHTS, X)
    kept = [each for each in found.found if each.kind == "argument"]
    # The gradient with respect to weights reads x, and all weights but the first.
    assert {each.value.name for each in kept} == {"x", "weights[1]", "weights[2]"}
    assert found.of_arguments == X.nbytes + WEIGHTS[1].nbytes + WEIGHTS[2].nbytes
    assert not any(each.node for each in kept)


def test_no_backward_pass_saves_nothing() -> None:
    found = found_in(mlp, WEIGHTS, X)
    assert (found.found, found.total, found.has_backward) == ((), 0, False)


def test_a_scan_saves_the_values_of_all_its_rounds() -> None:
    weights = jnp.ones((5, 8, 8))
    found = found_in(jax.grad(lambda w, x: stacked(w, x, layer)), weights, X)
    loops = [each for each in found.saved if each.rounds == 5]
    assert loops
    assert all(each.value.type.shape[0] == 5 for each in loops)
    assert {each.size for each in loops} == {5 * X.nbytes}
    # Made in the body, and handed over by the scan.
    inside = [each for each in loops if each.node != each.holder]
    assert inside
    overlay = found.overlay()
    holder = inside[0].holder
    assert overlay.values[inside[0].node] == X.nbytes
    assert overlay.values[holder] == sum(each.size or 0 for each in loops)


def test_remat_saves_less() -> None:
    weights = jnp.ones((5, 8, 8))
    plain, remat = (
        found_in(jax.grad(lambda w, x, f=f: stacked(w, x, f)), weights, X)
        for f in (layer, jax.checkpoint(layer))
    )
    assert plain.total >= 3 * 5 * X.nbytes
    assert remat.total == 5 * X.nbytes  # what each round starts from


def test_calls_are_looked_into() -> None:
    def loss(w: jax.Array, x: jax.Array) -> jax.Array:
        return jax.jit(layer)(w, x).sum()

    found = found_in(jax.grad(loss), WEIGHTS[0], X)
    assert {each.op for each in found.saved} & {"cos", "one_minus_square", "tanh"}
    assert not {each.op for each in found.saved} & {"jit", "pjit"}
    assert all(".jaxpr/" in each.node for each in found.saved if each.size == X.nbytes)


def two_calls(x: jax.Array, shared: Any) -> jax.Array:
    with jax.named_scope("first"):
        y = shared(x)  # A
    with jax.named_scope("second"):
        return shared(y).sum()  # B


def test_each_call_of_a_shared_function_saves_its_own() -> None:
    """JAX traces `jax.nn.silu` once: both calls have the same region, and no line of their own."""
    found = found_in(jax.grad(lambda x: two_calls(x, jax.nn.silu)), X)
    lines = lines_marked(two_calls)
    by_line: dict[int, int] = {}
    by_scope: dict[str, int] = {}
    for each in found.saved:
        assert each.frame is not None
        by_line[each.frame.line] = by_line.get(each.frame.line, 0) + (each.size or 0)
        by_scope[each.scope] = by_scope.get(each.scope, 0) + (each.size or 0)
    listed = saved_residuals(lambda x: two_calls(x, jax.nn.silu), X)
    results = [aval.size * 4 for aval, text in listed if "argument" not in text]
    assert found.total == sum(results)
    assert by_line == {lines["A"]: by_scope["first"], lines["B"]: by_scope["second"]}
    overlay = found.overlay()
    assert found.total == sum(
        overlay.number(node.id) or 0 for node in read_main(lambda x: two_calls(x, jax.nn.silu))
    )


def read_main(function: Any) -> Any:
    return read_jaxpr(jax.jit(jax.grad(function)).trace(X).jaxpr).main.nodes


def test_custom_derivatives_save_what_their_rule_hands_on() -> None:
    @jax.custom_vjp
    def clipped(x: jax.Array) -> jax.Array:
        return jnp.sin(x)

    clipped.defvjp(
        lambda x: (jnp.sin(x), (jnp.cos(x), jnp.exp(x))),
        lambda kept, g: (jnp.clip(g * kept[0], -1, 1) * kept[1],),
    )
    found = found_in(jax.grad(lambda x: clipped(x * 2).sum()), X)
    assert {each.op for each in found.saved} == {"cos", "exp"}
    assert found.total == 2 * X.nbytes


def test_a_training_loop_is_looked_into() -> None:
    def train(w: jax.Array, x: jax.Array) -> jax.Array:
        def step(w: jax.Array, _: None) -> tuple[jax.Array, None]:
            return w - jax.grad(lambda w: layer(w, x).sum())(w), None

        return jax.lax.scan(step, w, None, length=3)[0]

    found = found_in(train, WEIGHTS[0], X)
    assert found.has_backward
    assert {each.size for each in found.saved if each.op != "broadcast_in_dim"} == {X.nbytes}


@pytest.mark.large
def test_gpt2s_residuals_are_most_of_what_its_step_keeps(gpt2_tagged: Seen) -> None:
    found = residuals_of(gpt2_tagged.jaxpr)
    assert found.total > 5e9
    assert all(each.frame for each in found.saved)
    blocks = {each.scope.partition("/")[0] for each in found.saved}
    assert {f"block_{index}" for index in range(12)} <= blocks
