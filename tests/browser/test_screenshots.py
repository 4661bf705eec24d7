"""What readers see before any click: names on the boxes, nothing cut, nothing empty.

`scripts/screenshots.py` takes pictures of the same, and of large programs that are compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import subjects
from first_look import SIZES, THEMES, Watch, complaints, look_at
from panel import write_page
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

GRAPHS: dict[str, Callable[[], str]] = {
    "quickstart": lambda: subjects.quickstart().show().html(),
    "scan": lambda: subjects.scan_in_while_in_cond().show().html(),
    "effects": lambda: subjects.effects().show().html(),
    "gpt2": lambda: subjects.gpt2_step().show().html(),
}
SENTENCES: dict[str, Callable[[], str]] = {
    "empty": lambda: subjects.empty().show().html(),
    "newer": lambda: subjects.newer_page(subjects.empty().show()),
    "broken": lambda: subjects.broken_page(subjects.empty().show()),
}


@pytest.mark.parametrize("name", [*GRAPHS, *SENTENCES])
def test_nothing_is_wrong_at_first_paint(name: str, page: Page, tmp_path: Path) -> None:
    address = write_page(tmp_path, (GRAPHS | SENTENCES)[name]())
    watch = Watch(page)
    said: list[str] = []
    for size in SIZES:
        for theme in THEMES:
            panel = look_at(page, address, size, theme, graph=name in GRAPHS)
            found = complaints(panel, graph=name in GRAPHS)
            said += [f"{size[0]} px, {theme}: {what}" for what in found]
    assert said + watch.noted == []
