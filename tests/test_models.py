"""Models and functions of the libraries that people use: each read at every stage, names kept."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax_counts import count_equations

import jaxlab

pytestmark = [  # what the libraries warn of is theirs
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning"),
]

BATCH = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)


def library(name: str) -> Any:
    """Import a library of the extra `models`, whatever it warns of; skip where it is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            return pytest.skip(f"{error.name} is not installed (the extra `models` has it)")


def assert_sound(program: jaxlab.Program, scopes: set[str], primitives: set[str]) -> None:
    """Every stage is a valid graph, nothing was dropped, and scopes and operations are there.

    Args:
      program: what `jaxlab.trace` gave.
      scopes: module names that must be the origin of equations and of HLO instructions.
      primitives: primitives that the jaxpr must have.
    """
    stages = (program.jaxpr, program.stablehlo, program.hlo)
    assert [graph.stage for graph in stages] == ["jaxpr", "stablehlo", "hlo"]
    for graph in stages:
        assert jaxlab.check(graph) == ()
        assert len(graph) > 0
    assert len(program.jaxpr) == count_equations(program.traced.jaxpr)
    assert primitives <= {node.op for node in program.jaxpr.nodes()}
    for graph in stages:
        named = {node.origin.scope for node in graph.nodes()}
        assert scopes <= named, f"{graph.stage}: {named}"
    assert program.name in str(program)


def test_flax_nnx_training_step() -> None:
    nnx = library("flax.nnx")

    class Model(nnx.Module):
        def __init__(self, rngs: Any) -> None:
            self.first = nnx.Linear(3, 8, rngs=rngs)
            self.norm = nnx.BatchNorm(8, rngs=rngs)
            self.dropout = nnx.Dropout(0.5, rngs=rngs)
            self.last = nnx.Linear(8, 1, rngs=rngs)

        def __call__(self, values: jax.Array) -> jax.Array:
            with jax.named_scope("body"):
                values = self.dropout(nnx.relu(self.norm(self.first(values))))
            with jax.named_scope("head"):
                return self.last(values)

    def step(state: Any, values: jax.Array) -> Any:
        model = nnx.merge(definition, state)
        loss, grads = nnx.value_and_grad(lambda m: (m(values) ** 2).mean())(model)
        return loss, grads, nnx.state(model)

    definition, state = nnx.split(Model(nnx.Rngs(0)))
    program = jaxlab.trace(step, state, BATCH)
    assert_sound(program, {"body", "head"}, {"dot_general", "rsqrt", "random_bits"})
    backward = [node for node in program.jaxpr.nodes() if node.origin.backward]
    assert {"head"} <= {node.origin.scope for node in backward}


def test_flax_linen_gradient() -> None:
    nn = library("flax.linen")

    class Net(nn.Module):
        @nn.compact
        def __call__(self, values: jax.Array) -> jax.Array:
            return nn.Dense(2, name="head")(nn.relu(nn.Dense(4, name="body")(values)))

    net = Net()
    variables = net.init(jax.random.key(0), BATCH)
    loss = lambda variables, values: net.apply(variables, values).sum()  # noqa: E731
    program = jaxlab.trace(jax.grad(loss), variables, BATCH)
    assert_sound(program, {"Net/body", "Net/head"}, {"dot_general"})


def test_flax_linen_apply_as_a_bound_method() -> None:
    nn = library("flax.linen")
    net = nn.Dense(2)
    variables = jax.eval_shape(net.init, jax.random.key(0), BATCH)
    program = jaxlab.trace(net.apply, variables, BATCH)
    assert_sound(program, {"Dense"}, {"dot_general"})


def test_haiku_apply() -> None:
    hk = library("haiku")
    network = hk.without_apply_rng(hk.transform(lambda v: hk.nets.MLP([4, 2], name="tower")(v)))
    params = network.init(jax.random.PRNGKey(0), BATCH)
    program = jaxlab.trace(network.apply, params, BATCH)
    assert_sound(program, {"tower/linear_0", "tower/linear_1"}, {"dot_general"})


def test_equinox_module_with_static_leaves() -> None:
    eqx = library("equinox")
    model = eqx.nn.MLP(3, 2, 4, 1, key=jax.random.key(0))
    program = jaxlab.trace(lambda m, values: jax.vmap(m)(values), model, BATCH)
    assert_sound(program, {"eqx.nn.MLP/eqx.nn.Linear"}, {"dot_general"})


def test_equinox_filtered_jit_inside() -> None:
    eqx = library("equinox")
    model = eqx.nn.MLP(3, 1, 4, 1, key=jax.random.key(0))
    arrays, static = eqx.partition(model, eqx.is_array)

    @eqx.filter_jit
    def loss(model: Any, values: jax.Array) -> jax.Array:
        return (jax.vmap(model)(values) ** 2).mean()

    def gradient(arrays: Any, values: jax.Array) -> Any:
        return eqx.filter_grad(loss)(eqx.combine(arrays, static), values)

    program = jaxlab.trace(gradient, arrays, BATCH)
    assert_sound(program, {"eqx.nn.MLP/eqx.nn.Linear"}, {"dot_general", "jit"})


def test_rlax_vtrace_loss() -> None:
    rlax = library("rlax")

    def loss(logits: jax.Array, values: jax.Array, rewards: jax.Array) -> jax.Array:
        with jax.named_scope("vtrace"):
            found = rlax.vtrace_td_error_and_advantage(
                values[:-1], values[1:], rewards, jnp.full(5, 0.9), jnp.ones(5)
            )
        with jax.named_scope("policy"):
            actions, weights = jnp.zeros(5, jnp.int32), jnp.ones(5)
            return rlax.policy_gradient_loss(logits, actions, found.pg_advantage, weights)

    shapes = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((5, 3), (6,), (5,))]
    program = jaxlab.trace(jax.grad(loss), *shapes)
    assert_sound(program, {"vtrace", "policy"}, {"scan"})


def test_jax_md_simulation() -> None:
    library("jax_md")
    space, energy, simulate = map(library, ("jax_md.space", "jax_md.energy", "jax_md.simulate"))
    displacement, shift = space.periodic(4.0)
    start, step = simulate.nve(energy.soft_sphere_pair(displacement), shift, 1e-3)

    def simulation(key: jax.Array, positions: jax.Array) -> jax.Array:
        with jax.named_scope("simulation"):
            state = start(key, positions, 1e-2)
            return jax.lax.fori_loop(0, 10, lambda _, state: step(state), state).position

    positions = jax.random.uniform(jax.random.key(0), (8, 2)) * 4
    program = jaxlab.trace(simulation, jax.random.key(1), positions)
    assert_sound(program, {"simulation"}, {"scan", "random_bits"})
