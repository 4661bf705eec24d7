"""A real run on a GPU: stages, device times joined to instructions, a whole cell, peaks."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

import jaxlab


def gpu() -> jax.Device | None:
    """The first GPU; None where JAX finds none."""
    try:
        return jax.devices("gpu")[0]
    except RuntimeError:
        return None


DEVICE = gpu()
pytestmark = pytest.mark.skipif(
    DEVICE is None, reason="JAX finds no GPU here (`jax.devices('gpu')`): not tried on hardware"
)


@pytest.fixture(autouse=True)
def on_the_gpu():
    with jax.default_device(DEVICE):
        yield


@jax.jit
def step(w: jax.Array, x: jax.Array) -> jax.Array:
    with jax.named_scope("layer"):
        y = jnp.tanh(x @ w)
    return w - 0.1 * x.T @ y


def arguments() -> tuple[jax.Array, jax.Array]:
    return jnp.ones((2048, 2048)), jnp.ones((1024, 2048))


def test_a_call_is_measured_by_instruction() -> None:
    found = jaxlab.trace(step, *arguments()).profile(runs=7)
    assert found.stages.runs is not None and found.stages.runs.count == 7
    operations, attribution = found.operations, found.attribution
    assert operations is not None and operations.runs >= 1
    assert operations.covered >= 0.95
    assert sum(operations.seconds.values()) == pytest.approx(operations.busy)
    assert operations.busy <= found.stages.runs.total.median * 1.2
    assert attribution is not None
    assert attribution.total == pytest.approx(operations.busy)
    scopes = " ".join(str(row) for tab in found.tabs for table in tab.tables for row in table.rows)
    assert "layer" in scopes


def test_products_of_known_cost_take_what_they_cost() -> None:
    small, large = jnp.ones((512, 512)), jnp.ones((4096, 4096))
    program = jaxlab.trace(jax.jit(lambda a, b: (a @ a, b @ b)), small, large)
    found = program.profile(runs=5)
    assert found.operations is not None
    lineage = program.lineage()
    dots = [node.id for node in program.jaxpr.nodes() if node.op == "dot_general"]
    seconds = found.operations.seconds
    first, second = (sum(seconds.get(each, 0) for each in lineage.forward(dot)) for dot in dots)
    assert second > 5 * first > 0


def test_a_scan_is_counted_or_said_to_be_unknown() -> None:
    w = jnp.ones((256, 256)) / 256

    def loop(x: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jnp.tanh(c @ w), None), x, None, length=20)[0]

    found = jaxlab.trace(jax.jit(loop), w).profile(runs=3)
    assert found.operations is not None
    counts = set(found.operations.counts.values())
    assert counts <= {1, 20, 40}, "each instruction runs once, or once or twice a step"


def test_a_cell_has_device_times() -> None:
    w, x = arguments()
    with jaxlab.profile() as p:
        for _ in range(5):
            w = step(w, x)
        jax.block_until_ready(w)
    (program,) = [each for each in p.profile.programs if each.name == "step"]
    assert program.calls == 5
    assert program.device is not None
    assert 0 < program.device * 5 <= p.profile.wall * 1.2


def test_the_memory_of_the_device_is_known() -> None:
    found = jaxlab.trace(step, *arguments()).profile(runs=2)
    text = found.show().text()
    assert "Memory" in text and "Roofline" in text
