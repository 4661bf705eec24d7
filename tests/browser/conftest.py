"""Pages with the viewer in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import pytest
from panel import Panel, open_page, write_page
from playwright.sync_api import Page
from step import arguments, step
from subjects import CHARTS, VIEWER

import jaxlab
from jaxlab.display import Display

Open = Callable[..., Panel]


@pytest.fixture(scope="session")
def display() -> Display:
    """A train step with all its stages."""
    return jaxlab.trace(jax.jit(step), *arguments()).show()


@pytest.fixture(scope="session")
def address(display: Display, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that `display.save("x.html")` writes."""
    return write_page(tmp_path_factory.mktemp("page"), display.html())


@pytest.fixture
def opened(page: Page, address: str) -> Iterator[Open]:
    """Opens the train step at a size; the page must not have failed in the end."""

    def open_at(width: int = 1280, height: int = 720, **media: Any) -> Panel:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(**media)
        return open_page(page, address)

    yield open_at
    assert page.evaluate("globalThis.errors ?? []") == []


@pytest.fixture
def empty(page: Page, tmp_path: Path) -> Page:
    """A page with the viewer's scripts and nothing else."""
    scripts = "".join(f"<script>{path.read_text()}</script>" for path in (VIEWER, CHARTS))
    page.goto(write_page(tmp_path, f"<!doctype html>{scripts}<body></body>"))
    return page
