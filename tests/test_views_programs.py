"""Views of programs that JAX traced and XLA compiled."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import pytest
from test_views_scope import behind, leaves, outline

from examples import gpt2
from jaxlab.graph import Graph, check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo
from jaxlab.views import group_by_scope, hide_plumbing, is_group

LAYERS = {"jaxpr": 12, "stablehlo": 12, "hlo": 1}  # XLA takes minutes for twelve on two cores
STAGES = ("jaxpr", "stablehlo", "hlo")


def layer(w, x):
    with jax.named_scope("attn"):
        x = x + jax.nn.softmax(x @ w)
    with jax.named_scope("mlp"):
        return x + jnp.tanh(x @ w)


def read(stage: str, function, *args) -> Graph:
    traced = jax.jit(function).trace(*args)
    if stage == "jaxpr":
        return read_jaxpr(traced.jaxpr)
    lowered = traced.lower()
    if stage == "stablehlo":
        return read_stablehlo(lowered.compiler_ir())
    module = lowered.compile().runtime_executable().hlo_modules()[0]
    return read_hlo(module.as_serialized_hlo_module_proto())


@cache
def transformer(stage: str) -> Graph:
    jax.clear_caches()  # what was traced before keeps the scopes that it had there
    config = replace(gpt2.Config.tiny(), layers=LAYERS[stage])
    return read(stage, gpt2.train_step, *gpt2.shapes(config))


def groups(graph: Graph) -> list:
    return [node for node in graph.nodes() if is_group(graph, node)]


def assert_same_program(graph: Graph, grouped: Graph) -> None:
    assert check(grouped) == ()
    for key, region in graph.regions.items():
        found = leaves(grouped, grouped.regions[key])
        assert {node.id for node in found} == {node.id for node in region.nodes}
        assert len(found) == len(region.nodes)
        assert behind(grouped, grouped.regions[key].outputs) == region.outputs
        for leaf in found:
            assert behind(grouped, leaf.inputs) == graph.node(leaf.id).inputs


@pytest.mark.parametrize("stage", STAGES)
def test_a_transformers_step_is_grouped_by_blocks(stage):
    graph = transformer(stage)
    grouped = group_by_scope(graph)
    assert_same_program(graph, grouped)
    found = groups(grouped)
    cut = [node for node in found if "part" in node.params]
    on_top = [node for node in grouped.main.nodes if node.op not in ("parameter", "constant")]
    print(f"{stage}: {len(graph)} nodes, {len(found)} groups, {len(cut)} of them parts,")
    print(f"  {len(on_top)} boxes at the top: {', '.join(node.id for node in on_top)}")
    assert len(on_top) <= 70
    assert not any("part" in node.params for node in grouped.main.nodes)
    entrys = [node for node in cut if node.id.startswith("main/[")]  # fusions mix scopes freely
    assert len(entrys) <= len(found) / 50
    for direction in ("forward", "backward"):
        blocks = [
            node
            for node in grouped.main.nodes
            if str(node.params.get("scope", "")).startswith("block_")
            and node.params["direction"] == direction
        ]
        assert len(blocks) == LAYERS[stage]
        for block in blocks:
            inside = [node.params.get("scope") for node in grouped.regions[block.id].nodes]
            assert {"ln_1", "attn", "ln_2", "mlp"} <= set(inside)


@pytest.mark.parametrize("stage", STAGES)
def test_a_transformers_plumbing_is_hidden(stage):
    graph = transformer(stage)
    hidden = hide_plumbing(graph)
    assert check(hidden) == ()
    counts = hidden.facts["hidden"]
    print(f"{stage}: {len(graph)} nodes, {len(hidden)} shown, hidden: {counts}")
    assert counts["convert" if stage != "jaxpr" else "convert_element_type"] > 50
    for heavy in ("dot_general", "dot", "exp", "exponential", "tanh", "fusion", "copy"):
        assert hidden.count(heavy) == graph.count(heavy)
    assert_same_program(hidden, group_by_scope(hidden))


def test_grouping_is_quick():
    graph = transformer("jaxpr")
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        group_by_scope(graph)
        seconds.append(time.perf_counter() - start)
    print(f"{len(graph)} equations grouped in {min(seconds):.3f} s")
    assert min(seconds) < 1.0  # 0.07 s on an idle core


@pytest.mark.parametrize("stage", STAGES)
def test_scan_and_remat(stage):
    def loss(w, x):
        x = jax.lax.scan(lambda c, _: (layer(w, c), None), x, None, length=3)[0]
        with jax.named_scope("outer"):
            return jnp.sum(jax.checkpoint(layer)(w, x) ** 2)

    graph = read(stage, jax.grad(loss), jnp.ones((4, 4)), jnp.ones((2, 4)))
    grouped = group_by_scope(graph)
    assert_same_program(graph, grouped)
    directions = {node.params["direction"] for node in groups(grouped)}
    assert directions == {"forward", "backward", "recomputed"} or stage == "hlo"
    assert {"forward", "backward"} <= directions
    assert_same_program(hide_plumbing(graph), group_by_scope(hide_plumbing(graph)))


def test_a_scan_and_a_remat_as_an_outline():
    def loss(w, x):
        with jax.named_scope("block"):
            return jnp.sum(jax.checkpoint(layer)(w, x))

    graph = hide_plumbing(read("jaxpr", jax.grad(loss), jnp.ones((4, 4)), jnp.ones((2, 4))))
    grouped = group_by_scope(graph)
    remat = next(node for node in grouped.nodes() if node.op in ("remat2", "checkpoint"))
    (body,) = (called for _, called in remat.calls)
    names = [node.id.rpartition("/")[2] for node in grouped.regions[body].nodes]
    print(outline(grouped))
    print(outline(grouped, body))
    assert set(names) >= {"[attn recomputed]", "[attn backward]", "[mlp backward]"}


def test_modules_of_flax():
    linen = pytest.importorskip("flax.linen")
    model = linen.Sequential([linen.Dense(8), linen.LayerNorm(), linen.Dense(4)])
    x = jnp.ones((2, 8))

    def loss(params):
        return jnp.sum(model.apply(params, x) ** 2)

    graph = read("jaxpr", jax.grad(loss), jax.eval_shape(model.init, jax.random.key(0), x))
    grouped = group_by_scope(graph)
    assert_same_program(graph, grouped)
    print(outline(grouped))
    forward, backward = (
        [node.params["scope"] for node in grouped.regions[f"main/[{name}]"].nodes]
        for name in ("Sequential", "Sequential backward")
    )
    assert forward == ["layers_0", "layers_1", "layers_2"]
    assert backward == ["layers_2", "layers_1", "layers_0"]
