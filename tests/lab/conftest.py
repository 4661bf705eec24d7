"""One Jupyter server for these tests, and a browser of a laptop's size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_server import Server, serve
from playwright.sync_api import Page, expect


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with jaxlab's extension."""
    if not (Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "jaxlab").exists():
        pytest.fail("jaxlab's extension is not in this environment: `make test` puts it there.")
    with serve(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def page(page: Page) -> Page:
    """A page that is waited for: JupyterLab on two slow cores takes its time."""
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    return page
