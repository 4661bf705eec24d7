"""The viewer in a page of its own, as a test sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

WATCH = """
addEventListener("keydown", (e) => { (globalThis.keys ??= []).push(e.key); });
addEventListener("keyup", (e) => { (globalThis.keys ??= []).push(e.key); });
addEventListener("error", (e) => { (globalThis.errors ??= []).push(String(e.message)); });
addEventListener("unhandledrejection", (e) => {
  (globalThis.errors ??= []).push(String(e.reason));
});
"""


@dataclass(frozen=True)
class Panel:
    """One report in a page. Playwright's selectors look into its shadow root."""

    page: Page

    @property
    def root(self) -> Locator:
        return self.page.locator(".panel").last

    @property
    def graph(self) -> Locator:
        """The first graph that is shown; its attributes say what is drawn."""
        return self.root.locator("[data-ready]").first

    @property
    def details(self) -> Locator:
        return self.root.locator(".jl-details")

    def find(self, selector: str) -> Locator:
        return self.root.locator(selector)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def line(self, text: str) -> Locator:
        """The line of source that holds this text."""
        return self.root.locator(".source-line").filter(has_text=text).first

    def tab(self, name: str) -> Locator:
        return self.root.get_by_role("tab", name=name, exact=True)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def search(self, text: str) -> None:
        """Type into the search bar, and go to the first hit."""
        self.press("/")
        self.page.keyboard.type(text)
        expect(self.root.locator(".jl-search-count")).to_have_text(re.compile(r"\d"))
        self.press("Enter")
        expect(self.root.locator(".jl-search-count")).to_contain_text(" of ")

    def fact(self, name: str) -> float:
        """A number that the graph tells of itself."""
        return float(self.graph.get_attribute(f"data-{name}") or "nan")

    def told(self, name: str) -> list[str]:
        """What the page noted: its `keys` or its `errors`."""
        return self.page.evaluate(f"globalThis.{name} ?? []")


def write_page(folder: Path, html: str, name: str = "page.html") -> str:
    """Put a page where a browser finds it, and give back its address."""
    path = folder / name
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


def open_page(page: Page, address: str) -> Panel:
    """The report of a page, once its graph is drawn."""
    page.add_init_script(WATCH)
    page.goto(address)
    panel = Panel(page)
    expect(panel.graph).to_have_attribute("data-ready", "true")
    return panel


def mount(page: Page, stored: Any, theme: str = "light") -> Panel:
    """Show what a notebook stored, in a page that has the viewer already, under what is there."""
    page.evaluate(
        """async ([stored, theme]) => {
            const host = document.body.appendChild(document.createElement("div"));
            await jaxlabViewer.mount(host, stored, { theme });
        }""",
        [stored, theme],
    )
    return Panel(page)
