"""A cell whose side effects JAX hides, and the page that `%%jaxeffects` makes of it."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path

import jax
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

CELL = """\
import time
import jax, jax.numpy as jnp
kept = []
@jax.jit
def step(x):
    with jax.named_scope("layer"):
        y = jnp.sin(x)
        print("in the layer", y)
        y = jnp.tanh(y)
    started = time.time()
    kept.append(y)
    z = jnp.cos(y) + started
    jax.debug.print("z = {}", z, ordered=True)
    return jnp.exp(z)
step(jnp.ones(3))
for n in range(3):
    jax.jit(lambda x: x * 2)(1.0)
"""
"""A print, a clock, a tracer that leaks, and a function that is made anew in a loop."""


def effects_page(cell: str = CELL) -> str:
    """The page that `%%jaxeffects --save` writes of a cell."""
    jax.clear_caches()
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        try:
            with capture_output():
                shell.run_line_magic("load_ext", "jaxlab")
                whole = "%%jaxeffects --save cell.html\n" + cell
                shell.run_cell(whole, store_history=True).raise_error()
                shell.run_line_magic("unload_ext", "jaxlab")
        finally:
            InteractiveShell.clear_instance()
        return Path("cell.html").read_text(encoding="utf-8")
