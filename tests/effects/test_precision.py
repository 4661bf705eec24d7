"""Programs that are as they should be: nothing may be found in them."""

from __future__ import annotations

import gc
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxlab

Note = Callable[[str, object], None]

HARNESSES = 300


def flax_training() -> None:
    linen = pytest.importorskip("flax.linen")
    optax = pytest.importorskip("optax")

    class Model(linen.Module):
        @linen.compact
        def __call__(self, x: Any) -> Any:
            x = linen.relu(linen.Dense(64)(x))
            return linen.Dense(10)(linen.Dropout(0.1, deterministic=True)(x))

    model, x, y = Model(), jnp.ones((8, 20)), jnp.zeros(8, int)
    params = model.init(jax.random.key(0), x)
    optimizer = optax.adamw(1e-3)
    state = optimizer.init(params)

    @jax.jit
    def step(params: Any, state: Any, x: Any, y: Any) -> Any:
        def loss(params: Any) -> Any:
            logits = model.apply(params, x)
            return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

        value, grads = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    for _ in range(20):
        params, state, value = step(params, state, x, y)
    print(float(value))


def haiku_training() -> None:
    haiku = pytest.importorskip("haiku")
    optax = pytest.importorskip("optax")
    network = haiku.transform(lambda x: haiku.nets.MLP([32, 10])(x))
    key, x = jax.random.PRNGKey(0), jnp.ones((8, 20))
    params = network.init(key, x)
    optimizer = optax.sgd(0.1)
    state = optimizer.init(params)

    @jax.jit
    def step(params: Any, state: Any, key: Any) -> Any:
        grads = jax.grad(lambda params: network.apply(params, key, x).sum())(params)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(params, updates), state

    for _ in range(10):
        key, own = jax.random.split(key)
        params, state = step(params, state, own)


def equinox_training() -> None:
    equinox = pytest.importorskip("equinox")
    optax = pytest.importorskip("optax")
    model = equinox.nn.MLP(4, 2, 32, 2, key=jax.random.key(0))
    optimizer = optax.adam(1e-3)
    state = optimizer.init(equinox.filter(model, equinox.is_array))

    @equinox.filter_jit
    def step(model: Any, state: Any, x: Any) -> Any:
        grads = equinox.filter_grad(lambda model: jax.vmap(model)(x).sum())(model)
        updates, state = optimizer.update(grads, state, model)
        return equinox.apply_updates(model, updates), state

    for _ in range(10):
        model, state = step(model, state, jnp.ones((8, 4)))


def nnx_training() -> None:
    nnx = pytest.importorskip("flax.nnx")
    optax = pytest.importorskip("optax")

    class Model(nnx.Module):
        def __init__(self, rngs: Any) -> None:
            self.first = nnx.Linear(4, 8, rngs=rngs)
            self.second = nnx.Linear(8, 2, rngs=rngs)

        def __call__(self, x: Any) -> Any:
            return self.second(nnx.relu(self.first(x)))

    model = Model(nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)

    @nnx.jit
    def step(model: Any, optimizer: Any, x: Any) -> None:
        optimizer.update(model, nnx.grad(lambda model: model(x).sum())(model))

    for _ in range(10):
        step(model, optimizer, jnp.ones((3, 4)))


def operations_one_by_one() -> None:
    y = jnp.asarray(np.linspace(0, 1, 100, dtype=np.float32))
    for _ in range(10):
        y = y - 0.1 * jax.grad(lambda y: jnp.sum(y**2))(y)
    jax.vmap(lambda a: jnp.where(a > 0, a, 0))(y)
    jnp.fft.fft(y)
    jnp.linalg.svd(jnp.ones((4, 4)))


def sampling_with_keys() -> None:
    @jax.jit
    def walk(key: Any, x: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            key, x = carry
            key, own, other = jax.random.split(key, 3)
            x = x + jax.random.normal(own, x.shape) * jax.random.bernoulli(other, 0.9)
            return (key, x), x.mean()

        return jax.lax.scan(step, (key, x), None, length=20)

    (key, x), means = walk(jax.random.key(0), jnp.zeros(16))
    key, own = jax.random.split(key)
    print(means[-1], jax.random.uniform(own), x.sum())


LOOPS = (
    flax_training,
    haiku_training,
    equinox_training,
    nnx_training,
    operations_one_by_one,
    sampling_with_keys,
)


@pytest.mark.large
@pytest.mark.parametrize("checks", [(), ("nan", "buffers")], ids=["passive", "with checks"])
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_nothing_is_found_in_a_loop(
    loop: Callable[[], None], checks: tuple[str, ...], record_property: Note
) -> None:
    with jaxlab.watch(loop.__name__, checks) as w:
        loop()
    record_property("precision", ("models' training loops and cells", 1, len(w.findings)))
    assert [each.headline for each in w.findings] == []
    assert w.notes == ()


def harnesses() -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """A sample of JAX's own test programs that run here, each with its arguments."""
    from jax._src.internal_test_util import test_harnesses

    known = sorted(test_harnesses.all_harnesses, key=lambda harness: harness.fullname)
    for harness in random.Random(20_261).sample(known, HARNESSES):
        try:
            arguments = tuple(harness.dyn_args_maker(np.random.RandomState(0)))
        except Exception:
            continue
        yield harness, arguments


@pytest.fixture
def small_heap() -> Iterator[None]:
    """What is alive before, hundreds of thousands of objects, is left out of searches for leaks."""
    from jax._src.internal_test_util import test_harnesses  # noqa: F401 - among them

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.large
@pytest.mark.usefixtures("small_heap")
def test_nothing_is_found_in_jaxs_own_programs(record_property: Note) -> None:
    ran, found = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of JAX, about its own programs
        for harness, arguments in harnesses():
            function = jax.jit(harness.dyn_fun)
            with jaxlab.watch(harness.fullname) as w:
                try:
                    function(*arguments)
                except Exception:
                    continue
            ran += 1
            found += [f"{harness.fullname}: {each.headline}" for each in w.findings]
    record_property("precision", ("programs of JAX's own harness", ran, len(found)))
    assert ran > HARNESSES // 2
    assert found == []
