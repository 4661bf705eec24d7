"""The lesson on side effects: each goes wrong as it says, and its cure finds nothing more."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jaxlab.effects.hazards import HAZARDS

EXAMPLES = Path(__file__).parent.parent / "examples"
LESSON = EXAMPLES / "side_effects.ipynb"
CALLS_UNSEEN = sys.version_info < (3, 12)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The cells after the notebook has run."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    notebook = nbformat.read(LESSON, as_version=4)
    folder = str(tmp_path_factory.mktemp("lesson"))
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)})
    return notebook.cells


def tagged(lesson: list[Any], beginning: str) -> dict[str, Any]:
    """Cells by the hazard that is in their tag."""
    return {
        tag.removeprefix(beginning): cell
        for cell in lesson
        for tag in cell.metadata.get("tags", ())
        if tag.startswith(beginning)
    }


def reported(cell: Any) -> str:
    """What jaxlab says under a cell."""
    shown = [each for each in cell["outputs"] if each.get("metadata", {}).get("jaxlab")]
    return "".join(each["data"]["text/plain"] for each in shown)


def test_it_is_stored_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(LESSON, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_twelve_and_more_are_seen_and_cured(lesson: list[Any]) -> None:
    seen, cured = tagged(lesson, "seen-"), tagged(lesson, "cured-")
    assert len(seen) >= 12
    assert set(seen) == set(cured) <= {each.id for each in HAZARDS}
    for hazard, cell in seen.items():
        if hazard == "stale-read" and CALLS_UNSEEN:
            continue
        assert hazard in reported(cell), hazard


def test_the_cures_cure(lesson: list[Any]) -> None:
    for hazard, cell in tagged(lesson, "cured-").items():
        said = reported(cell)
        assert "nothing found" in said, f"{hazard}: {said[:400]}"


def test_the_notebook_is_watched_to_its_end(lesson: list[Any]) -> None:
    watched = next(cell for cell in lesson if cell["source"].startswith("for size in (4, 5"))
    assert "`train` was compiled" in reported(watched)
    report = next(cell for cell in lesson if cell["source"] == "%jaxwatch report")
    assert "Ledger" in reported(report)
    compared = next(cell for cell in lesson if cell["source"].startswith("%jaxeffects jax.jit"))
    assert "8 times" in reported(compared)
