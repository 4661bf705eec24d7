"""One training step of a GPT-2, in plain JAX: a real program to look at.

The layers are unrolled, softmax, layer norm and GELU are written out, the arithmetic is bfloat16
on float32 weights, with dropout and AdamW. For the model of 124 million parameters that makes
6,623 equations and, compiled for a CPU by JAX 0.12, 42,585 instructions: the size at which a
program can no longer be read by scrolling through it.

Nothing of that size need be allocated to look at it. `shapes` describes the arguments, and JAX
traces and compiles from shapes alone:

    import jaxlab
    from examples import gpt2

    state, batch = gpt2.shapes(gpt2.Config.gpt2())
    program = jaxlab.trace(gpt2.train_step, state, batch)

To run it, take the small preset. The state that goes in is donated: it is updated in place.

    config = gpt2.Config.tiny()
    state = gpt2.init(config, jax.random.key(0))
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    state, loss = step(state, tokens)  # i32[batch, length + 1]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Params = dict[str, Any]

LEARNING_RATE = 6e-4
WARM_UP_STEPS = 2_000
TOTAL_STEPS = 600_000
BETA_1, BETA_2, EPSILON = 0.9, 0.95, 1e-8
WEIGHT_DECAY = 0.1
NOT_DECAYED = ("bias", "scale", "shift")
LARGEST_NORM = 1.0


@dataclass(frozen=True)
class Config:
    """The sizes of a model and of its batch."""

    layers: int
    heads: int
    width: int
    vocabulary: int
    length: int
    batch: int

    @classmethod
    def gpt2(cls) -> Config:
        """GPT-2 small: 12 layers, 124 million parameters."""
        return cls(layers=12, heads=12, width=768, vocabulary=50_257, length=1_024, batch=8)

    @classmethod
    def tiny(cls) -> Config:
        """Two layers, for a laptop and for tests: milliseconds a step."""
        return cls(layers=2, heads=2, width=64, vocabulary=128, length=32, batch=4)


class State(NamedTuple):
    """What a step reads and gives back: weights, Adam's two moments, a counter and a random key."""

    params: Params
    first_moment: Params
    second_moment: Params
    step: jax.Array
    key: jax.Array


def init(config: Config, key: jax.Array) -> State:
    """Make a state with GPT-2's initial weights: normal, and smaller where residuals add up."""
    width, heads = config.width, config.heads
    deviation = 0.02
    residual_deviation = deviation / math.sqrt(2 * config.layers)
    keys = iter(jax.random.split(key, 3 + 6 * config.layers))

    def normal(*shape: int, scale: float = deviation) -> jax.Array:
        return scale * jax.random.normal(next(keys), shape)

    def norm() -> Params:
        return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}

    def block() -> Params:
        return {
            "ln_1": norm(),
            "attn": {
                "query": normal(width, heads, width // heads),
                "query_bias": jnp.zeros((heads, width // heads)),
                "key": normal(width, heads, width // heads),
                "key_bias": jnp.zeros((heads, width // heads)),
                "value": normal(width, heads, width // heads),
                "value_bias": jnp.zeros((heads, width // heads)),
                "out": normal(heads, width // heads, width, scale=residual_deviation),
                "out_bias": jnp.zeros(width),
            },
            "ln_2": norm(),
            "mlp": {
                "up": normal(width, 4 * width),
                "up_bias": jnp.zeros(4 * width),
                "down": normal(4 * width, width, scale=residual_deviation),
                "down_bias": jnp.zeros(width),
            },
        }

    params = {
        "tokens": normal(config.vocabulary, width),
        "positions": normal(config.length, width),
        "blocks": [block() for _ in range(config.layers)],
        "ln_f": norm(),
    }
    zeros = jax.tree.map(jnp.zeros_like, params)
    return State(params, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros((), jnp.int32), next(keys))


def shapes(config: Config) -> tuple[State, jax.ShapeDtypeStruct]:
    """Describe `train_step`'s arguments, as ShapeDtypeStructs: nothing is allocated."""
    state = jax.eval_shape(lambda key: init(config, key), jax.random.key(0))
    return state, jax.ShapeDtypeStruct((config.batch, config.length + 1), jnp.int32)


def parameter_count(params: Params) -> int:
    """How many numbers a model learns. Takes arrays or ShapeDtypeStructs."""
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params))


def train_step(state: State, batch: jax.Array) -> tuple[State, jax.Array]:
    """Take one AdamW step on `batch`, i32[batch, length + 1]; give the new state and the loss.

    It is a pure function; `jax.jit(train_step, donate_argnums=0)` updates the state in place.
    """
    loss, gradients = jax.value_and_grad(loss_of)(
        state.params, batch, jax.random.fold_in(state.key, state.step)
    )
    with jax.named_scope("adam"):
        return adam(state, gradients), loss


def loss_of(params: Params, batch: jax.Array, key: jax.Array) -> jax.Array:
    """The mean cross entropy of each next token, in nats."""
    with jax.named_scope("cast"):
        params = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params)
    logits = forward(params, batch[:, :-1], key).astype(jnp.float32)
    with jax.named_scope("loss"):
        log_probabilities = logits - logsumexp(logits)
        targets = batch[:, 1:, None]
        return -jnp.mean(jnp.take_along_axis(log_probabilities, targets, axis=-1))


def forward(params: Params, tokens: jax.Array, key: jax.Array) -> jax.Array:
    """Logits f32[batch, length, vocabulary] for tokens i32[batch, length]."""
    length = tokens.shape[1]
    with jax.named_scope("embed"):
        x = params["tokens"][tokens] + params["positions"][:length]
        x = dropout(x, jax.random.fold_in(key, 0))
    for index, block in enumerate(params["blocks"]):
        with jax.named_scope(f"block_{index}"):
            keys = [jax.random.fold_in(key, 3 * index + use) for use in (1, 2, 3)]
            with jax.named_scope("ln_1"):
                normal = layer_norm(block["ln_1"], x)
            with jax.named_scope("attn"):
                x = x + dropout(attention(block["attn"], normal, keys[0]), keys[1])
            with jax.named_scope("ln_2"):
                normal = layer_norm(block["ln_2"], x)
            with jax.named_scope("mlp"):
                x = x + dropout(mlp(block["mlp"], normal), keys[2])
    with jax.named_scope("ln_f"):
        x = layer_norm(params["ln_f"], x)
    with jax.named_scope("head"):
        return x @ params["tokens"].T


def attention(params: Params, x: jax.Array, drop_key: jax.Array) -> jax.Array:
    """Causal self-attention with as many heads as the weights say."""
    query = jnp.einsum("btd,dhk->bthk", x, params["query"]) + params["query_bias"]
    key = jnp.einsum("btd,dhk->bthk", x, params["key"]) + params["key_bias"]
    value = jnp.einsum("btd,dhk->bthk", x, params["value"]) + params["value_bias"]
    scores = jnp.einsum("bqhk,bshk->bhqs", query, key) / math.sqrt(query.shape[-1])
    length = x.shape[1]
    causal = jnp.arange(length)[:, None] >= jnp.arange(length)[None, :]
    weights = softmax(jnp.where(causal, scores, -1e9))
    weights = dropout(weights, drop_key)
    mixed = jnp.einsum("bhqs,bshk->bqhk", weights, value)
    return jnp.einsum("bqhk,hkd->bqd", mixed, params["out"]) + params["out_bias"]


def dropout(x: jax.Array, key: jax.Array) -> jax.Array:
    """Zero a tenth of the numbers at random, and scale up the others to make up for it."""
    keep = jax.random.bernoulli(key, 0.9, x.shape)
    return jnp.where(keep, x / 0.9, 0)


def mlp(params: Params, x: jax.Array) -> jax.Array:
    """Two layers with a GELU between them."""
    hidden = gelu(x @ params["up"] + params["up_bias"])
    return hidden @ params["down"] + params["down_bias"]


def layer_norm(params: Params, x: jax.Array) -> jax.Array:
    """Mean 0 and variance 1 over the last axis, then scaled and shifted."""
    wide = x.astype(jnp.float32)
    centred = wide - jnp.mean(wide, axis=-1, keepdims=True)
    variance = jnp.mean(jnp.square(centred), axis=-1, keepdims=True)
    normal = (centred * jax.lax.rsqrt(variance + 1e-5)).astype(x.dtype)
    return normal * params["scale"] + params["shift"]


def gelu(x: jax.Array) -> jax.Array:
    """GPT-2's GELU, by tanh."""
    return 0.5 * x * (1.0 + jnp.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x: jax.Array) -> jax.Array:
    """Softmax over the last axis, shifted by the maximum so that nothing overflows."""
    exponentials = jnp.exp(x - jax.lax.stop_gradient(jnp.max(x, axis=-1, keepdims=True)))
    return exponentials / jnp.sum(exponentials, axis=-1, keepdims=True)


def logsumexp(x: jax.Array) -> jax.Array:
    """log(sum(exp(x))) over the last axis, which is kept; nothing overflows."""
    largest = jax.lax.stop_gradient(jnp.max(x, axis=-1, keepdims=True))
    return largest + jnp.log(jnp.sum(jnp.exp(x - largest), axis=-1, keepdims=True))


def learning_rate(step: jax.Array) -> jax.Array:
    """A linear warm-up, then half a cosine down to a tenth."""
    warm_up = step / WARM_UP_STEPS
    progress = jnp.clip((step - WARM_UP_STEPS) / (TOTAL_STEPS - WARM_UP_STEPS), 0.0, 1.0)
    decay = 0.1 + 0.45 * (1.0 + jnp.cos(math.pi * progress))
    return LEARNING_RATE * jnp.minimum(warm_up, decay)


def adam(state: State, gradients: Params) -> State:
    """AdamW: gradients clipped by their global norm, weights decayed but no bias and no norm."""
    step = state.step + 1
    with jax.named_scope("clip"):
        squares = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradients)]
        shrink = jnp.minimum(1.0, LARGEST_NORM / (jnp.sqrt(sum(squares)) + 1e-6))
    first_share = (1 - BETA_1) * shrink
    second_share = (1 - BETA_2) * shrink**2
    rate = learning_rate(step)
    unbiased_rate = rate * jnp.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)

    def first(moment: jax.Array, gradient: jax.Array) -> jax.Array:
        return BETA_1 * moment + first_share * gradient

    def second(moment: jax.Array, gradient: jax.Array) -> jax.Array:
        return BETA_2 * moment + second_share * jnp.square(gradient)

    def updated(path: Any, weight: jax.Array, moment: jax.Array, square: jax.Array) -> jax.Array:
        if not path[-1].key.endswith(NOT_DECAYED):
            weight = weight - rate * WEIGHT_DECAY * weight
        return weight - unbiased_rate * moment / (jnp.sqrt(square) + EPSILON)

    first_moment = jax.tree.map(first, state.first_moment, gradients)
    second_moment = jax.tree.map(second, state.second_moment, gradients)
    params = jax.tree.map_with_path(updated, state.params, first_moment, second_moment)
    return State(params, first_moment, second_moment, step, state.key)
