"""The panes beside and instead of the graph: text, table, outline, details, search."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from panel import Panel
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

COPIED = """(selector) => new Promise((done) => {
    const root = document.querySelector(".jaxlab").shadowRoot;
    root.addEventListener("copy", (event) => done(event.clipboardData.getData("text/plain")));
    document.execCommand("copy");
})"""


def show(panel: Panel, mode: str) -> None:
    panel.root.get_by_role("radio", name=mode, exact=True).click()


def search(panel: Panel, text: str) -> None:
    panel.tab("jaxpr").focus()
    panel.search(text)


def active(grid: Locator) -> Locator:
    return grid.locator(".jl-active")


def test_only_the_lines_in_sight_are_in_the_page(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.tab("HLO").click()
    show(panel, "Text")
    text = panel.root.get_by_role("treegrid")
    lines = int(text.get_attribute("aria-rowcount") or "0")
    assert text.locator(".jl-line").count() < 80 < lines
    text.focus()
    panel.press("End")
    expect(active(text)).to_have_attribute("aria-rowindex", str(lines))
    expect(active(text)).to_be_in_viewport()


def test_bodies_fold_by_keys(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Text")
    text = panel.root.get_by_role("treegrid")
    block = text.locator(".jl-line", has_text="# block_0").first
    block.click()
    expect(block).to_have_attribute("aria-expanded", "true")
    inside = text.locator(".jl-line").nth(int(block.get_attribute("data-line") or "0") + 1)
    words = inside.inner_text()
    panel.press("ArrowLeft")
    expect(block).to_have_attribute("aria-expanded", "false")
    expect(block).to_contain_text("lines")
    panel.press("ArrowRight", "ArrowRight")
    expect(active(text)).to_have_text(words)
    panel.press("ArrowLeft")
    expect(active(text)).to_contain_text("# block_0")


def test_a_hidden_line_is_unfolded_when_its_node_is_selected(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Text")
    panel.button("Fold all").click()
    text = panel.root.get_by_role("treegrid")
    expect(text.locator(".jl-line", has_text="tanh")).to_have_count(0)
    search(panel, "op:tanh")
    selected = text.locator(".jl-line[aria-selected=true]")
    expect(selected).to_contain_text("tanh")
    expect(selected).to_be_in_viewport()


def test_the_text_stays_as_it_was_left(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.tab("HLO").click()
    show(panel, "Text")
    text = panel.root.get_by_role("treegrid")
    body = text.locator(".jl-line[aria-expanded]").first
    body.locator(".jl-line-gutter").click()
    expect(body).to_have_attribute("aria-expanded", "false")
    lines = text.evaluate("box => box.scrollHeight")
    top = text.evaluate("box => { box.scrollTop = 400; return box.scrollTop; }")
    show(panel, "Table")
    show(panel, "Text")
    expect(text).to_have_js_property("scrollTop", top)
    expect(text).to_have_js_property("scrollHeight", lines)


def test_a_value_lights_where_it_is_made_and_read(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Text")
    text = panel.root.get_by_role("treegrid")
    text.locator(".jl-line", has_text="dot_general").first.click()
    lit = text.locator(".jl-value-lit")
    expect(lit.first).to_be_visible()
    assert lit.count() >= 2
    assert len(set(lit.all_inner_texts())) == 1


def test_a_copy_has_the_lines_that_are_out_of_sight(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.tab("HLO").click()
    show(panel, "Text")
    text = panel.root.get_by_role("treegrid")
    lines = int(text.get_attribute("aria-rowcount") or "0")
    text.focus()
    panel.press("Control+a")
    copied: str = panel.page.evaluate(COPIED)
    assert len(copied.split("\n")) == lines
    assert copied.startswith("HloModule")


def test_the_table_says_what_costs_most(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Table")
    grid = panel.root.get_by_role("grid")
    head = grid.get_by_role("columnheader", name=re.compile("FLOPs"))
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(head).to_contain_text("modelled")
    expect(grid.locator("[aria-rowindex='2']")).to_contain_text("dot_general")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(head.get_by_role("button")).to_be_focused()
    expect(grid.locator("[aria-rowindex='2']")).not_to_contain_text("dot_general")


def test_the_table_has_top_ten_rows_then_all(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Table")
    grid = panel.root.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "11")
    panel.root.get_by_role("button", name=re.compile("Show all")).click()
    assert int(grid.get_attribute("aria-rowcount") or "0") > 20
    panel.root.get_by_role("radio", name="op", exact=True).check()
    expect(grid.locator(".jl-grid-row", has_text="dot_general")).to_have_count(1)
    panel.root.get_by_role("radio", name="line", exact=True).check()
    expect(grid.locator("[aria-rowindex='2']")).to_contain_text(re.compile(r":\d+"))


def test_a_row_of_the_table_is_selected_by_keys(opened: Callable[..., Panel]) -> None:
    panel = opened()
    show(panel, "Table")
    grid = panel.root.get_by_role("grid")
    grid.focus()
    panel.press("ArrowDown", "Enter")
    expect(active(grid)).to_have_attribute("aria-selected", "true")
    expect(active(grid)).to_have_attribute("aria-rowindex", "3")
    expect(panel.details.locator(".jl-details-title")).to_be_visible()


def test_the_outline_opens_what_the_picture_shows(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.tab("jaxpr").focus()
    panel.press("o")
    tree = panel.root.get_by_role("tree")
    expect(tree).to_be_focused()
    panel.press("Home", "b")
    expect(active(tree)).to_contain_text("block")
    expect(active(tree)).to_have_attribute("aria-level", "1")
    while active(tree).get_attribute("aria-expanded") == "true":
        panel.press("ArrowLeft")
    boxes = panel.fact("boxes")
    panel.press("ArrowRight")
    expect(panel.graph).not_to_have_attribute("data-boxes", f"{boxes:g}")
    expect(active(tree)).to_have_attribute("aria-expanded", "true")
    panel.press("ArrowRight")
    expect(active(tree)).to_have_attribute("aria-level", "2")
    expect(active(tree)).to_have_attribute("aria-posinset", "1")
    panel.press("ArrowLeft", "ArrowLeft")
    expect(active(tree)).to_have_attribute("aria-expanded", "false")
    expect(panel.graph).to_have_attribute("data-boxes", f"{boxes:g}")


def test_a_copied_link_leads_back_to_its_node(opened: Callable[..., Panel]) -> None:
    panel = opened()
    search(panel, "op:tanh")
    panel.button("Copy link").click()
    said = panel.find(".legend-said")
    expect(said).to_contain_text("Copied jaxpr:main/")
    link = said.inner_text().removeprefix("Copied ")
    panel.tab("HLO").click()
    panel.press("/")
    panel.press("Control+a")
    panel.page.keyboard.type(link)
    panel.press("Enter")
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    expect(panel.find(".jl-search-count")).to_have_text("1 of 1")
    expect(panel.details.locator(".jl-details-title")).to_have_text("tanh")


def test_operands_are_followed_by_keys(opened: Callable[..., Panel]) -> None:
    panel = opened()
    search(panel, "op:tanh")
    title = panel.details.locator(".jl-details-title")
    expect(title).to_have_text("tanh")
    panel.details.get_by_role("button", name="dot_general", exact=True).first.focus()
    panel.press("Enter")
    expect(title).to_have_text("dot_general")
    expect(title).to_be_focused()
    expect(panel.details).to_contain_text("dimension_numbers")
    expect(panel.details).to_contain_text("read by")
    panel.press("Alt+ArrowLeft")
    expect(title).to_have_text("tanh")


def test_details_lead_to_the_source_and_to_other_stages(opened: Callable[..., Panel]) -> None:
    panel = opened()
    search(panel, "op:tanh")
    panel.details.locator(".jl-frame .jl-link").first.click()
    expect(panel.find(".source-line[aria-selected=true]")).to_contain_text("tanh")
    search(panel, "op:dot_general")
    other = panel.details.locator("h4", has_text="HLO").last
    expect(other).to_be_visible()
    panel.details.locator("h4", has_text="StableHLO").locator("+ ul .jl-link").first.click()
    expect(panel.tab("StableHLO")).to_have_attribute("aria-selected", "true")
    expect(panel.details.locator(".jl-details-title")).to_contain_text("dot_general")


def test_what_is_selected_in_the_text_is_opened_in_the_graph(opened: Callable[..., Panel]) -> None:
    panel = opened()
    boxes = panel.fact("boxes")
    show(panel, "Text")
    search(panel, "op:mul in:sgd")
    panel.details.get_by_role("button", name="In graph").click()
    expect(panel.graph).not_to_have_attribute("data-boxes", f"{boxes:g}")


def test_suggestions_complete_what_is_typed(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.tab("jaxpr").focus()
    panel.press("/")
    panel.page.keyboard.type("dot_g")
    field = panel.root.get_by_role("combobox", name="Search all stages")
    option = panel.root.get_by_role("option", name=re.compile("dot_general"))
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    panel.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    panel.press("Enter")
    expect(field).to_have_value("op:dot_general")
    expect(panel.find(".jl-search-count")).to_have_text(re.compile(r"\d+ hits · StableHLO \d+"))


def test_hits_are_gone_through_and_counted(opened: Callable[..., Panel]) -> None:
    panel = opened()
    search(panel, "op:tanh")
    count = panel.find(".jl-search-count")
    expect(count).to_have_text(re.compile("^1 of 2"))
    panel.press("Enter", "Enter")
    expect(count).to_have_text(re.compile("^1 of 2"))
    panel.press("Shift+Enter")
    expect(count).to_have_text(re.compile("^2 of 2"))
    panel.press("Escape")
    expect(panel.root.get_by_role("combobox", name="Search all stages")).to_have_value("")
    expect(count).to_have_text("")


@pytest.mark.parametrize("query", ["/(/", "op:/(a+)+$/"])
def test_a_bad_expression_is_answered_with_a_sentence(
    query: str, page: Page, opened: Callable[..., Panel]
) -> None:
    panel = opened()
    panel.tab("jaxpr").focus()
    panel.press("/")
    page.keyboard.type(query)
    if query == "/(/":
        expect(panel.find(".jl-search-error")).to_have_text(re.compile(r"\w.*\.$"))
    else:
        expect(panel.find(".jl-search-count")).to_have_text(re.compile("hit"))
    page.keyboard.type(" op:tanh")
    expect(panel.root.get_by_role("combobox", name="Search all stages")).to_be_focused()
