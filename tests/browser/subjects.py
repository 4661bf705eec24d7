"""The programs that the pictures show, and those whose first look is tested."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

import jaxlab
from examples import gpt2
from jaxlab.call_profile import Profile
from jaxlab.display import Display
from jaxlab.payload import pack, unpack
from jaxlab.program import Program
from jaxlab.renderers.frame import render_document
from jaxlab.viewer import packed_scripts

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples" / "quickstart.ipynb"
BUILT = ROOT / "labextension" / "build"
VIEWER, CHARTS = BUILT / "viewer.js", BUILT / "charts.js"
"""The scripts that pages have packed; the second where their report has charts."""


def quickstart() -> Program:
    """What the quickstart's first `%%jaxtrace` reports, after the cells before it."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    for cell in nbformat.read(QUICKSTART, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        with capture_output():
            shell.run_cell(cell.source, store_history=True).raise_error()
        if cell.source.startswith("%%jaxtrace"):
            break
    InteractiveShell.clear_instance()
    assert jaxlab.last is not None
    return jaxlab.last


def gpt2_step() -> Program:
    """The GPT-2 step at its real size."""
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    return jaxlab.trace(step, *gpt2.shapes(gpt2.Config.gpt2()))


def scan_in_while_in_cond() -> Program:
    """Control flow in control flow: each a body within a body."""

    def row(x: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = jnp.tanh(x + row)
        return x, x.sum()

    def settle(x: jax.Array, rows: jax.Array) -> jax.Array:
        def relax(x: jax.Array) -> jax.Array:
            x, sums = jax.lax.scan(row, x, rows)
            return x / sums.max()

        return jax.lax.while_loop(lambda x: x.max() > 0.1, relax, x)

    def solve(rough: jax.Array, x: jax.Array, rows: jax.Array) -> jax.Array:
        return jax.lax.cond(rough, settle, lambda x, rows: x * 0.5, x, rows)

    return jaxlab.trace(jax.jit(solve), jnp.bool_(True), jnp.ones(16), jnp.ones((5, 16)))


def effects() -> Program:
    """Prints, callbacks and random numbers, in the order in which they must happen."""

    def noisy(key: jax.Array, x: jax.Array) -> jax.Array:
        first, second = jax.random.split(key)
        x = x + jax.random.normal(first, x.shape)
        jax.debug.print("mean {}", x.mean())
        x = jax.pure_callback(lambda x: x, x, x)
        jax.debug.callback(lambda x: None, x.max(), ordered=True)
        x = jax.experimental.io_callback(lambda x: x, x, x, ordered=True)
        return jax.random.permutation(second, x)

    return jaxlab.trace(jax.jit(noisy), jax.random.key(0), jnp.ones(8))


def empty() -> Program:
    """A program without an equation."""
    return jaxlab.trace(jax.jit(lambda x: x), jnp.ones(3))


def page(display: Display) -> str:
    """The page that a report is saved as."""
    return display.html()


def newer_page(display: Display) -> str:
    """The page of a report that a later jaxlab made."""
    data = pack({**unpack(display.packed), "version": 99})
    return render_document(data, packed_scripts(charts=False), display.report.title)


def broken_page(display: Display) -> str:
    """The page of a report of which half is lost."""
    data = display.packed
    return render_document(
        data[: len(data) // 2], packed_scripts(charts=False), display.report.title
    )


def gpt2_profile() -> Profile:
    """A train step of six narrow layers, measured here and now."""
    config = gpt2.Config(layers=6, heads=4, width=128, vocabulary=1_024, length=64, batch=4)
    state, tokens = gpt2.shapes(config)
    key = jax.random.key(0)
    arrays = jax.tree.map(
        lambda leaf: key if leaf.dtype == key.dtype else jnp.full(leaf.shape, 0.01, leaf.dtype),
        state,
    )
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    return jaxlab.trace(step, arrays, jnp.ones(tokens.shape, tokens.dtype)).profile()
