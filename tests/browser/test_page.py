"""The standalone page: what is seen before any click, and what a pointer does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from panel import Panel, mount, open_page, write_page
from playwright.sync_api import Page, expect

from jaxlab.display import Display

pytestmark = pytest.mark.browser


def test_before_any_click(opened: Callable[..., Panel]) -> None:
    panel = opened()
    expect(panel.find(".title")).to_have_text(re.compile("^step"))
    expect(panel.find(".figures")).to_contain_text("equations")
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    expect(panel.tab("HLO")).to_be_visible()
    expect(panel.find(".legend")).to_contain_text("FLOP")
    expect(panel.find(".legend")).to_contain_text("modelled")
    expect(panel.line("x @ params")).to_contain_text("%")
    assert panel.fact("boxes") > 3
    assert panel.fact("labelled") >= 0.9
    assert panel.fact("zoom") >= 0.85


def test_a_line_lights_what_became_of_it_and_the_other_way(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.button("Second stage beside it").click()
    panel.find(".slot").nth(1).get_by_role("combobox").select_option("HLO")
    panel.root.get_by_role("radio", name="Text", exact=True).click()
    panel.line("x @ params").hover()
    for stage in (0, 1):
        lit = panel.find(".slot").nth(stage).locator(".jl-line.jl-hover").first
        expect(lit).to_be_visible()
    equation = panel.find(".slot").first.locator(".jl-line", has_text="dot_general").first
    equation.hover()
    expect(panel.find(".source-line.lit").first).to_contain_text("@ params")
    expect(panel.find(".slot").nth(1).locator(".jl-line.jl-hover").first).to_be_visible()


def test_a_click_on_a_line_selects_its_nodes(opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.line("scores = x @ params").click()
    expect(panel.line("scores = x @ params")).to_have_attribute("aria-selected", "true")
    expect(panel.details).to_contain_text("dot_general")
    panel.tab("HLO").click()
    expect(panel.tab("HLO")).to_have_attribute("aria-selected", "true")
    expect(panel.details).to_be_visible()


def test_it_asks_nothing_of_the_network(page: Page, opened: Callable[..., Panel]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    panel = opened()
    panel.tab("HLO").click()
    panel.search("/dot.*/")
    panel.button("More").click()
    strangers = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    assert strangers == []


def test_pictures_are_saved(page: Page, opened: Callable[..., Panel]) -> None:
    panel = opened(color_scheme="dark")
    for name, beginning in (("Picture as SVG", b"<svg"), ("Picture as PNG", b"\x89PNG")):
        panel.button("More").click()
        with page.expect_download() as download:
            panel.root.get_by_role("menuitem", name=name).click()
        content = download.value.path().read_bytes()
        assert content.startswith(beginning)
        assert download.value.suggested_filename.startswith("step")


def test_the_report_is_saved_as_a_page_that_shows_it_again(
    page: Page, opened: Callable[..., Panel], tmp_path: Path
) -> None:
    panel = opened()
    boxes = panel.fact("boxes")
    panel.button("More").click()
    with page.expect_download() as download:
        panel.root.get_by_role("menuitem", name="Report as HTML").click()
    saved = download.value.path().read_text(encoding="utf-8")
    again = open_page(page, write_page(tmp_path, saved))
    assert again.fact("boxes") == boxes


def test_full_screen_and_back(page: Page, opened: Callable[..., Panel]) -> None:
    panel = opened()
    panel.button("Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    assert panel.root.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    panel.button("Full screen").click()
    page.wait_for_function("document.fullscreenElement === null")


def test_the_height_follows_the_content_and_can_be_pulled(empty: Page, display: Display) -> None:
    panel = mount(empty, display.packed)
    expect(panel.graph).to_have_attribute("data-ready", "true")
    grip = panel.root.get_by_role("separator", name="Height")
    grip.focus()
    height = int(grip.get_attribute("aria-valuenow") or 0)
    assert 200 <= height <= 560
    panel.press("ArrowUp", "ArrowUp")
    expect(grip).to_have_attribute("aria-valuenow", str(height - 40))
    assert height_of(panel) == height - 40
    box = grip.bounding_box()
    assert box is not None
    empty.mouse.move(box["x"] + 50, box["y"] + 2)
    empty.mouse.down()
    empty.mouse.move(box["x"] + 50, box["y"] + 102)
    empty.mouse.up()
    assert height_of(panel) == height + 60
    grip.dblclick()
    assert height_of(panel) == height


def height_of(panel: Panel) -> float:
    box = panel.root.bounding_box()
    assert box is not None
    return round(box["height"])
