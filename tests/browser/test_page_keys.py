"""The standalone page by keyboard alone; and no key gets past it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from panel import Panel
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

KEYS = (
    *"abcdefghijklmnopqruvwyzABDGHXZ0123456789+-/[]",
    *("Enter", "Delete", "Backspace", "Home", "End", "PageDown", "ArrowUp", "ArrowDown", "F3"),
    *("Space", "Shift+Enter", "Control+Enter", "Control+b", "Control+Shift+c", "Alt+ArrowLeft"),
    *("x", "x", "s", "s", "?", "Escape", "F", "F", "Escape", "Escape"),
)
"""What hosts have keys for, and all of the panel's own; what opens something closes it again."""


def enter(panel: Panel) -> None:
    """Tab into the panel, as from the page around it."""
    panel.page.locator("body").press("Tab")
    expect(panel.tab("jaxpr")).to_be_focused()


def test_from_a_search_to_the_details_of_an_operand(opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    was_open = panel.fact("open")
    panel.search("tanh in:block_1")
    expect(panel.details.locator(".jl-details-title")).to_have_text("tanh")
    assert panel.fact("open") > was_open
    panel.press("Escape", "Escape")
    expect(panel.find(".jl-search input")).to_be_hidden()
    expect(panel.graph.locator("canvas")).to_be_focused()
    panel.search("tanh in:block_1")
    panel.press("Escape", "Escape", "[")
    expect(panel.details.locator(".jl-details-title")).to_have_text("dot_general")
    expect(panel.details).to_contain_text("f32[16,8]")
    panel.press("Alt+ArrowLeft")
    expect(panel.details.locator(".jl-details-title")).to_have_text("tanh")


def test_from_the_outline_to_a_node_in_a_closed_group(opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    panel.press("o")
    tree = panel.root.get_by_role("tree")
    expect(tree).to_be_focused()
    panel.page.keyboard.type("sgd")
    panel.press("ArrowRight", "ArrowRight")
    panel.press("Enter")
    expect(tree.get_by_role("treeitem", selected=True)).to_have_count(1)
    expect(panel.details.locator(".jl-details-title")).to_be_visible()
    panel.press("Escape", "d")  # letters in the tree look for names
    expect(panel.details).to_have_count(0)
    panel.press("d")
    expect(panel.details.locator(".jl-details-title")).to_be_focused()


@pytest.mark.parametrize("focus", [".slot-content [tabindex='0']", ".source-lines", ".tab"])
def test_no_key_reaches_the_page(focus: str, opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    panel.page.evaluate("globalThis.keys = []")
    for key in KEYS:
        # By script: it may be put away just now, or be covered by a dialog, which keeps the keys.
        panel.root.evaluate("(root, focus) => root.querySelector(focus)?.focus()", focus)
        panel.press(key)
    assert panel.told("keys") == []


def test_no_key_typed_into_the_search_reaches_the_page(opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    panel.press("/")
    field = panel.find(".jl-search input")
    panel.page.evaluate("globalThis.keys = []")
    panel.page.keyboard.type("dxbz/1?")
    panel.press("Enter", "Shift+Enter", "ArrowDown")
    expect(field).to_have_value("dxbz/1?")
    panel.press("Escape")
    assert panel.told("keys") == []


def test_tab_and_escape_lead_out(page: Page, opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    page.keyboard.press("Shift+Tab")
    expect(panel.tab("jaxpr")).not_to_be_focused()
    enter(panel)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")


def test_stages_modes_and_panes_have_keys(opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    panel.press("3")
    expect(panel.tab("HLO")).to_have_attribute("aria-selected", "true")
    panel.press("t")
    expect(panel.find(".jl-text")).to_be_visible()
    panel.press("b")
    expect(panel.find(".jl-table")).to_be_visible()
    panel.press("g", "x")
    expect(panel.find(".slot:visible")).to_have_count(2)
    panel.press("x", "s")
    expect(panel.find(".source-lines")).to_have_count(0)
    panel.press("?")
    expect(panel.root.get_by_role("dialog", name="Keys")).to_be_visible()
    panel.press("Escape")
    expect(panel.root.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_the_graph_zooms_and_opens_by_keys(opened: Callable[..., Panel]) -> None:
    panel = opened()
    enter(panel)
    panel.press("0")
    expect(panel.graph).to_have_attribute("data-animating", "false")
    zoom = panel.graph.get_attribute("data-zoom") or ""
    panel.press("+")
    expect(panel.graph).not_to_have_attribute("data-zoom", zoom)
    panel.press("0")
    expect(panel.graph).to_have_attribute("data-zoom", zoom)
    boxes = panel.fact("boxes")
    panel.press("e")
    expect(panel.graph).not_to_have_attribute("data-boxes", f"{boxes:g}")
    assert panel.fact("boxes") > boxes
    panel.press("c")
    expect(panel.graph).to_have_attribute("data-open", "0")
