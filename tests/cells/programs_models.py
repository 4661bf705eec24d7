"""Cells that train and call models of Flax, Haiku and Equinox."""

from __future__ import annotations

from cells.case import case, equal, fails

FLAX = ("flax", "optax")

NNX_MODEL = """
import optax
from flax import nnx

class Model(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Linear(3, 8, rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.2, rngs=rngs)
        self.last = nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, values):
        return self.last(self.dropout(nnx.relu(self.norm(self.first(values)))))

data = jnp.linspace(-1, 1, 12).reshape(4, 3)
"""

MODELS = (
    case(
        "nnx_model_created",
        """
        model = Model(nnx.Rngs(0))
        y = model(data)
        """,
        setup=NNX_MODEL,
        after="model.eval()\nmodel(data), y",
        requires=FLAX,
    ),
    case(
        "nnx_training_with_dropout_and_batchnorm",
        """
        @nnx.jit
        def train_step(model, optimizer, data):
            def loss_of(model):
                return ((model(data) - 1.0) ** 2).mean()

            loss, grads = nnx.value_and_grad(loss_of)(model)
            optimizer.update(model, grads)
            return loss

        model.train()
        for _ in range(3):
            loss = train_step(model, optimizer, data)
            print(f"{float(loss):.5f}")
        """,
        setup=NNX_MODEL
        + """
model = Model(nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=nnx.Param)
""",
        after="model.eval()\nmodel(data), model.norm.mean[...], optimizer.step[...], loss",
        requires=FLAX,
        jit=fails("trace level", why="Flax doesn't let a trace change an older model"),
    ),
    case(
        "nnx_model_mutated_in_the_next_cell",
        """
        model.last.kernel[...] = model.last.kernel[...] * 0.5
        model.scale = nnx.Param(jnp.ones(1))
        y = model(data) * model.scale[...]
        """,
        setup=NNX_MODEL + "model = Model(nnx.Rngs(1))\nmodel(data);",
        after="nnx.state(model, nnx.Param), model(data), y",
        requires=FLAX,
        jit=fails("trace level"),
    ),
    case(
        "nnx_functional",
        """
        graphdef, state = nnx.split(model)
        @jax.jit
        def forward(state, values):
            merged = nnx.merge(graphdef, state)
            merged.eval()
            return merged(values)
        y = forward(state, data)
        """,
        setup=NNX_MODEL + "model = Model(nnx.Rngs(2))",
        after="forward(state, data * 2), y",
        requires=FLAX,
    ),
    case(
        "linen",
        """
        variables = net.init(jax.random.key(0), x[None])
        y, updated = net.apply(variables, x[None], train=True, mutable=["batch_stats"],
                               rngs={"dropout": jax.random.key(1)})
        grads = jax.grad(lambda v: net.apply(v, x[None]).sum())(variables)
        """,
        setup="""
        import flax.linen as nn

        class Net(nn.Module):
            @nn.compact
            def __call__(self, values, train=False):
                values = nn.Dense(4)(values)
                values = nn.BatchNorm(use_running_average=not train)(values)
                return nn.Dense(2)(nn.Dropout(0.5, deterministic=not train)(nn.relu(values)))

        net = Net()
        """,
        after="jax.tree.map(jnp.shape, variables), y, updated, net.apply(variables, x[None])",
        requires=("flax",),
    ),
    case(
        "haiku",
        """
        params = network.init(jax.random.PRNGKey(0), x)
        y = jax.jit(network.apply)(params, None, x)
        grads = jax.grad(lambda p: network.apply(p, None, x).sum())(params)
        """,
        setup="import haiku as hk\nnetwork = hk.transform(lambda v: hk.nets.MLP([4, 2])(v))",
        after="params, y, grads, network.apply(params, None, x)",
        requires=("haiku",),
    ),
    case(
        "equinox",
        """
        @eqx.filter_jit
        def step(model, values):
            traces.append(1)
            loss, grads = eqx.filter_value_and_grad(lambda m: (m(values) ** 2).sum())(model)
            return loss, eqx.apply_updates(model, jax.tree.map(lambda g: -0.1 * g, grads))

        for _ in range(3):
            loss, model = step(model, x)
        """,
        setup="""
        import equinox as eqx
        traces = []
        model = eqx.nn.MLP(3, 2, 4, 1, key=jax.random.key(0))
        """,
        after="model(x), loss, traces",
        requires=("equinox",),
        jit=equal(report=("changed in place", "traces")),
    ),
    case(
        "optax_update",
        """
        for _ in range(3):
            grads = jax.grad(lambda p: ((p["w"] - x) ** 2).sum())(params)
            updates, state = optimizer.update(grads, state, params)
            params = optax.apply_updates(params, updates)
        """,
        setup="""
        import optax
        optimizer = optax.adamw(1e-1)
        params = {"w": jnp.zeros(3)}
        state = optimizer.init(params)
        """,
        after="params, state",
        requires=("optax",),
    ),
)
