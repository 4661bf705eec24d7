"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = 'pytest_plugins = ["jaxlab.pytest_plugin"]\n'
TESTS = """
import jax, jax.numpy as jnp, pytest

def make():
    @jax.jit
    def step(x):
        print("tracing")
        return x * 2
    return step

def test_counts(jaxlab_watch):
    step = jax.jit(lambda x: x + 1)
    step(1.0); step(2.0)
    assert jaxlab_watch.compiles == 1

def test_too_many(jaxlab_watch):
    step = jax.jit(lambda x: x + 1)
    step(1.0); step(jnp.ones(3))
    assert jaxlab_watch.compiles == 1

def test_finds(jaxlab_watch):
    make()(1.0)

@pytest.mark.jaxlab_allow("print-at-trace")
def test_allowed(jaxlab_watch):
    make()(1.0)

@pytest.mark.jaxlab_allow
def test_all_allowed(jaxlab_watch):
    make()(1.0)

@pytest.mark.jaxlab_allow("print-at-trase")
def test_misspelt(jaxlab_watch):
    pass

def test_not_watched():
    make()(1.0)

def test_explained(jaxlab_watch):
    jax.jit(lambda x: x if x > 0 else -x)(1.0)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TESTS)
    return folder


def run(folder: Path, *options: str) -> str:
    """What pytest says, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *options]
    root = str(Path(__file__).parent.parent)
    ran = subprocess.run(
        [*command, str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "JAX_PLATFORMS": "cpu"},
    )
    return ran.stdout + ran.stderr


def test_what_it_says(folder: Path) -> None:
    said = run(folder)
    for name in ("counts", "allowed", "all_allowed", "not_watched"):
        assert f"PASSED test_it.py::test_{name}" in said, said
    assert "FAILED test_it.py::test_too_many - AssertionError: assert 2 == 1" in said
    assert "ERROR test_it.py::test_finds" in said
    assert "jaxlab: `print` in `step` runs while JAX traces `step`" in said
    assert 'If that is meant: @pytest.mark.jaxlab_allow("print-at-trace")' in said
    assert "print-at-trase, which is no side effect" in said
    assert "→ Compute both and choose: `jnp.where(x > 0, x, -x)`." in said


def test_every_test_can_be_watched(folder: Path) -> None:
    said = run(folder, "--jaxlab-watch", "-k", "not_watched or counts")
    assert "ERROR test_it.py::test_not_watched" in said
    assert "PASSED test_it.py::test_counts" in said
