"""The standalone page at all sizes, in all themes, and as assistive technology meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from panel import Panel
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {1280: "wide", 900: "wide", 700: "mid", 559: "narrow", 480: "narrow", 320: "narrow"}


@pytest.mark.parametrize("width", SIZES)
def test_it_fits_its_width(width: int, opened: Callable[..., Panel]) -> None:
    panel = opened(width)
    expect(panel.root).to_have_attribute("data-size", SIZES[width])
    expect(panel.graph).to_be_visible()
    expect(panel.find(".source")).to_be_visible(visible=SIZES[width] != "narrow")
    assert overflowing(panel) == []


def test_a_narrow_panel_has_one_pane_and_large_targets(opened: Callable[..., Panel]) -> None:
    panel = opened(320)
    panes = panel.root.get_by_role("radiogroup", name="Pane")
    for target in (*panes.get_by_role("radio").all(), *panel.find(".tool:visible").all()):
        box = target.bounding_box()
        assert box is not None and box["width"] >= 32 and box["height"] >= 32
    panes.get_by_role("radio", name="Source").click()
    expect(panel.graph).to_be_hidden()
    panel.line("x @ params").click()
    panes.get_by_role("radio", name="Details").click()
    expect(panel.details).to_contain_text("dot_general")
    assert overflowing(panel) == []
    panes.get_by_role("radio", name="Text").click()
    expect(panel.find(".jl-text")).to_be_visible()


def test_between_the_source_is_one_line(opened: Callable[..., Panel]) -> None:
    panel = opened(700)
    box = panel.find(".source").bounding_box()
    assert box is not None and box["height"] <= 32
    panel.press("Tab")
    panel.search("tanh in:block_1")
    expect(panel.line("tanh")).to_be_in_viewport()


def overflowing(panel: Panel) -> list[str]:
    """Parts of the panel that stick out of it, or whose one line of text is cut."""
    return panel.root.evaluate(
        """(root) => {
            const { right } = root.getBoundingClientRect();
            const parts = [".heading", ".findings", ".notes", ".bar", ".tabs", ".tools", ".panes",
              ".body", ".main", ".legend"];
            return parts.filter((part) => [...root.querySelectorAll(part)].some(
              (e) => e.getBoundingClientRect().right > right + 0.5 ||
                (part === ".tabs" && e.scrollWidth > e.clientWidth)));
        }"""
    )


def color(panel: Panel, selector: str, name: str) -> str:
    return panel.find(selector).first.evaluate(f"(e) => getComputedStyle(e).{name}")


@pytest.mark.parametrize(("scheme", "ground"), [("light", 255), ("dark", 17)])
def test_it_takes_the_systems_theme(scheme: str, ground: int, opened: Callable[..., Panel]) -> None:
    panel = opened(color_scheme=scheme)
    expect(panel.root).to_have_attribute("data-theme", scheme)
    assert panel.root.evaluate("(e) => getComputedStyle(e).backgroundColor") == (
        f"rgb({ground}, {ground}, {ground})"
    )
    assert (
        panel.graph.locator("canvas").evaluate(
            "(c) => [...c.getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3)]"
        )
        == [ground] * 3
    )


def test_forced_colors_are_kept(opened: Callable[..., Panel]) -> None:
    panel = opened(forced_colors="active", color_scheme="dark")
    panel.line("x @ params").click()
    chosen = panel.line("x @ params")
    text, ground = (
        chosen.evaluate(f"(e) => getComputedStyle(e).{name}")
        for name in ("color", "backgroundColor")
    )
    assert text != ground
    assert color(panel, ".title", "color") == "rgb(255, 255, 255)"


def test_nothing_moves_for_who_wants_no_motion(opened: Callable[..., Panel]) -> None:
    panel = opened(reduced_motion="reduce")
    boxes = panel.fact("boxes")
    panel.press("Tab", "e")
    panel.page.evaluate("() => new Promise(requestAnimationFrame)")
    panel.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert panel.fact("boxes") > boxes
    assert panel.graph.get_attribute("data-animating") == "false"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme: str, page: Page, opened: Callable[..., Panel]) -> None:
    panel = opened(color_scheme=scheme)
    page.add_script_tag(path=AXE)
    panel.press("Tab", "o")
    panel.line("x @ params").click()
    panel.button("Second stage beside it").click()
    panel.root.get_by_role("radio", name="Text", exact=True).click()
    panel.button("Search").click()
    page.keyboard.type("dot")
    seen = {"outline, details, text": violations(page)}
    panel.root.get_by_role("radio", name="Table", exact=True).click()
    seen["table"] = violations(page, ".main")
    panel.root.get_by_role("radio", name="Graph", exact=True).click()
    seen["graph"] = violations(page, ".main")
    panel.button("Keys").click()
    seen["help"] = violations(page, "dialog[open]")
    panel.press("Escape")
    panel.button("More").click()
    seen["menu"] = violations(page, "dialog[open]")
    panel.press("Escape")
    page.set_viewport_size({"width": 400, "height": 700})
    seen["narrow"] = violations(page, ".bar")
    assert {where: found for where, found in seen.items() if found} == {}


def violations(page: Page, part: str = ".panel") -> list[str]:
    return page.evaluate(
        """async (part) => {
            const within = { fromShadowDom: [".jaxlab", part] };
            return (await axe.run(within)).violations
                .filter(({ impact }) => impact === "serious" || impact === "critical")
                .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
        }""",
        part,
    )
