"""Cells as sources: the notebook's own ids and texts, by what their frames are called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jaxlab.capture.cells import cells_of


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


def test_each_cell_has_the_id_that_the_front_end_gave_it(shell: InteractiveShell) -> None:
    texts = {"first": "%load_ext jaxlab", "second": "two = 2", "third": "two + 1"}
    for name, text in texts.items():
        shell.run_cell("silent = 0", store_history=False, cell_id="silent").raise_error()
        shell.run_cell(text, store_history=True, cell_id=name).raise_error()
    found = {source.text: source.cell_id for source in cells_of(shell).values()}
    assert found[texts["second"]] == "second"
    assert found[texts["third"]] == "third"
