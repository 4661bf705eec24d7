"""The examples run, and are what their texts say."""

from __future__ import annotations

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from examples import gpt2
from jaxlab.readers.jaxpr import read_jaxpr

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_gpt2_learns_and_updates_in_place() -> None:
    config = gpt2.Config.tiny()
    state = gpt2.init(config, jax.random.key(0))._replace(step=jnp.int32(gpt2.WARM_UP_STEPS))
    shape = (config.batch, config.length + 1)
    tokens = jax.random.randint(jax.random.key(1), shape, 0, config.vocabulary)
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    losses = []
    for _ in range(30):
        before, (state, loss) = state, step(state, tokens)
        losses.append(float(loss))
    assert losses[-1] < 0.9 * losses[0]
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(before.params))
    assert state.step == gpt2.WARM_UP_STEPS + 30


def test_gpt2_has_the_size_of_gpt2() -> None:
    state, batch = gpt2.shapes(gpt2.Config.gpt2())
    assert gpt2.parameter_count(state.params) == 124_439_808
    graph = read_jaxpr(jax.jit(gpt2.train_step).trace(state, batch).jaxpr)
    assert 6_500 < len(graph) < 6_800
    scopes = {node.origin.scope for node in graph.nodes()}
    assert {"embed", "block_0/attn", "block_11/mlp", "ln_f", "head", "loss", "adam"} <= scopes


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], Path]:
    """The cells of the quickstart after it has run, and the folder it ran in."""
    pytest.importorskip("sklearn")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    folder = tmp_path_factory.mktemp("quickstart")
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)})
    return [cell for cell in notebook.cells if cell.cell_type == "code"], folder


def text_of(cell: dict) -> str:
    """All that a cell printed and displayed, as plain text."""
    texts = [output.get("text", "") for output in cell["outputs"]]
    return "".join(texts + [o.get("data", {}).get("text/plain", "") for o in cell["outputs"]])


def cell_with(quickstart: tuple[list[dict], Path], source: str) -> dict:
    (found,) = [cell for cell in quickstart[0] if source in cell["source"]]
    return found


def test_quickstart_is_stored_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_quickstart_runs_without_warnings(quickstart: tuple[list[dict], Path]) -> None:
    said = [
        output["text"]
        for cell in quickstart[0]
        for output in cell["outputs"]
        if output.get("name") == "stderr"
    ]
    assert not said


def test_quickstart_reports_the_step(quickstart: tuple[list[dict], Path]) -> None:
    cell = cell_with(quickstart, "%%jaxtrace\nparams")
    assert "loss 2." in text_of(cell)
    assert "dot_general" in text_of(cell)


def test_quickstart_reports_the_optimized_program(quickstart: tuple[list[dict], Path]) -> None:
    assert "fusion" in text_of(cell_with(quickstart, "--stage hlo"))


def test_quickstart_reports_the_call(quickstart: tuple[list[dict], Path]) -> None:
    assert "dot_general" in text_of(cell_with(quickstart, "%jaxtrace loss(params, batch)"))


def test_quickstart_links_a_line(quickstart: tuple[list[dict], Path]) -> None:
    lines = text_of(cell_with(quickstart, "at_line")).splitlines()
    assert lines[0].startswith("x = jax.nn.relu")
    assert "dot_general" in lines[1]
    assert "dot" in lines[2]


def test_quickstart_saves_files(quickstart: tuple[list[dict], Path]) -> None:
    assert "dot_general" in (quickstart[1] / "step.txt").read_text()


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], Path]:
    """The cells of the comparison with NumPy after it has run, on small matrices."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    folder = tmp_path_factory.mktemp("numpy_vs_jax")
    notebook = nbformat.read(EXAMPLES / "numpy_vs_jax.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "NUMPY_VS_JAX_LARGEST": "300"}
    )
    return [cell for cell in notebook.cells if cell.cell_type == "code"], folder


def test_the_comparison_with_numpy_says_what_it_measured(
    comparison: tuple[list[dict], Path],
) -> None:
    for source in ("--against powers(numbers)", "--against powers(x)", "--against numpy"):
        said = text_of(cell_with(comparison, source))
        assert "times as fast" in said or "about the same time" in said
    (profile,) = [cell for cell in comparison[0] if cell["source"] == "%jaxprofile jitted(x)"]
    assert "fusion" in text_of(profile)
    assert "Operations that ran one by one" in text_of(cell_with(comparison, "%%jaxprofile\n"))
    table = text_of(cell_with(comparison, "import time")).splitlines()
    assert len(table) == 5 and table[-1].endswith("86.3x  (the article)")
