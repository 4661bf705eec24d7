"""What a reader meets before any click, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from panel import Panel, open_page
from playwright.sync_api import ConsoleMessage, Page, Request, expect

SIZES = ((1280, 720), (480, 720))
THEMES = ("light", "dark")

LEAST_LABELLED = 0.9
LEAST_FILL = 0.6

_SHAPE = """(root) => {
    // The text of an element, where a part of the panel that can't be scrolled hides some of it.
    const hides = (e, right) => e !== root.parentNode && (
        (getComputedStyle(e).overflowX === "hidden" && right > e.getBoundingClientRect().right + 1)
        || (!["auto", "scroll"].includes(getComputedStyle(e).overflowX)
            && hides(e.parentNode, right)));
    const end = (e) => {
        const range = document.createRange();
        range.selectNodeContents(e);
        return range.getBoundingClientRect().right;
    };
    const scrolls = (e) => e !== root &&
        (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    const seen = [...root.querySelectorAll("*")].filter((e) => e.checkVisibility());
    const name = (e) => e.className || e.tagName;
    const { right } = root.getBoundingClientRect();
    const said = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    return [
        ...(document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : []),
        ...seen.filter((e) => e.getBoundingClientRect().right > right + 0.5)
            .filter((e) => !scrolls(e.parentElement)).map((e) => `${name(e)} sticks out`),
        ...seen.filter((e) => said(e) && hides(e, end(e))).map((e) => `${name(e)} is cut`),
        ...seen.filter((e) => said(e) && parseFloat(getComputedStyle(e).fontSize) < 11)
            .map((e) => `${name(e)} is set under 11 px`),
    ];
}"""


class Watch:
    """Notes what a page says in its console and what it asks the network for."""

    def __init__(self, page: Page) -> None:
        self.noted: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.noted.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.noted.append(f"request: {request.url}")


def look_at(
    page: Page, address: str, size: tuple[int, int], theme: str, graph: bool = True
) -> Panel:
    """Open a page as somebody with this window and this theme does.

    Args:
      graph: there is one to be seen; else a sentence stands in its place.
    """
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    if graph:
        return open_page(page, address)
    page.goto(address)
    panel = Panel(page)
    expect(panel.find(".message p")).to_be_visible()
    return panel


def complaints(panel: Panel, graph: bool = True) -> Iterator[str]:
    """What is wrong with a page at first paint; nothing, it is hoped."""
    yield from panel.root.evaluate(_SHAPE)
    if not graph:
        return
    # A fact that the page doesn't tell is nan, and passes nothing.
    if not panel.fact("labelled") >= LEAST_LABELLED:
        yield f"only {panel.fact('labelled'):.0%} of the boxes have their names"
    if panel.fact("cut") != 0:
        yield f"{panel.fact('cut'):.0f} names are cut"
    if not panel.fact("fill") >= LEAST_FILL:
        yield f"only {panel.fact('fill'):.0%} of the pane's width or height is filled"
    if not panel.fact("zoom") >= 0.85:
        yield f"the first zoom is {panel.fact('zoom')}"
