"""One Jupyter server for these tests, the quickstart run in it, a browser of a laptop's size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lab import NOTEBOOK, Lab
from own_server import Server, serve
from playwright.sync_api import Browser, Page, expect

SIZE = {"width": 1280, "height": 900}
WAIT = 60_000
"""ms: JupyterLab on two busy cores takes its time."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with jaxlab's extension."""
    if not (Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "jaxlab").exists():
        pytest.fail("jaxlab's extension is not in this environment: `make test` puts it there.")
    with serve(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def quickstart(server: Server, browser: Browser) -> Any:
    """The quickstart as JupyterLab saves it when all of its cells have run there."""
    server.write("quickstart.ipynb", nbformat.read(NOTEBOOK, as_version=4))
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(WAIT)
    lab = Lab(page)
    lab.open(server, "quickstart.ipynb")
    lab.run_all()
    lab.save()
    page.close()
    return server.read("quickstart.ipynb")


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": SIZE}


@pytest.fixture
def lab(page: Page) -> Iterator[Lab]:
    """A page of JupyterLab's or of Notebook 7's, in which nothing of jaxlab's may fail."""
    page.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    yield Lab(page)
    assert [error for error in errors if "labextensions/jaxlab" in error] == []
