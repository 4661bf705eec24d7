"""What transforms hide, in the viewer: cards, marks on lines and nodes, and ghosts."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from gzip import compress
from typing import Any

import pytest
from effects_cell import effects_page
from panel import WATCH, Panel, mount
from playwright.sync_api import Locator, Page, expect
from test_page_looks import AXE, overflowing, violations

from jaxlab.effects.report import effects_report
from jaxlab.effects.session import Judged
from jaxlab.payload import encode_report, pack, unpack

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"throw Error('ran')\">\u202e`<script>`"


@pytest.fixture(scope="session")
def packed() -> str:
    """The report of a cell under `%%jaxeffects`, as its page holds it."""
    found = re.search(r'id="jaxlab-data">([^<]+)<', effects_page())
    assert found is not None
    return found[1]


@pytest.fixture
def panel(empty: Page, packed: str) -> Iterator[Panel]:
    yield shown(empty, packed)
    assert empty.evaluate("globalThis.errors ?? []") == []


def shown(page: Page, packed: str, theme: str = "light", width: int = 1280) -> Panel:
    page.evaluate(WATCH)
    page.set_viewport_size({"width": width, "height": 800})
    panel = mount(page, packed, theme)
    expect(panel.graph).to_have_attribute("data-ready", "true")
    return panel


def changed(packed: str, **more: Any) -> str:
    return b64encode(compress(json.dumps({**unpack(packed), **more}).encode())).decode()


def cards(panel: Panel) -> Locator:
    return panel.find(".jl-card")


def card(panel: Panel, hazard: str) -> Locator:
    return panel.find(f".jl-card[data-hazard='{hazard}']")


def chosen_line(panel: Panel) -> Locator:
    return panel.find(".source-line[aria-selected='true']")


def open_all(panel: Panel) -> None:
    """With the keyboard, as the menu says."""
    panel.graph.locator("canvas").focus()
    panel.press("e")
    expect(panel.graph).to_have_attribute("data-animating", "false")


def test_cards_tell_what_where_and_what_to_do_the_worst_first(panel: Panel) -> None:
    panel.tab("Side effects").click()
    harms = panel.find(".jl-harm strong").all_text_contents()
    worst = ["wrong result", "lost work", "slow", "surprise"]
    assert harms == sorted(harms, key=worst.index) and {"wrong result", "surprise"} <= set(harms)
    told = card(panel, "host-clock")
    expect(told.locator("h3 code").first).to_have_text("time.time")
    expect(told.locator(".jl-harm .icon-warning")).to_be_visible()
    expect(told.locator(".jl-frame").first).to_contain_text("cell [1]:11")
    expect(told.locator(".jl-frame code").first).to_have_text("started = time.time()")
    expect(told.locator(".jl-remedy")).to_contain_text("Call time.time outside")
    expect(told.locator(".jl-command")).to_have_text("%jaxeffects host-clock")
    expect(panel.find(".report-table").first).to_be_visible()  # the ledger, below


def test_a_frame_leads_to_its_line_and_a_card_to_the_graph(panel: Panel) -> None:
    panel.tab("Side effects").click()
    card(panel, "host-clock").locator(".jl-frame").first.click()
    expect(chosen_line(panel)).to_contain_text("started = time.time()")
    card(panel, "print-at-trace").get_by_role("button", name="Show in the graph").click()
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    # What the group hides is opened: the equation before which it happened.
    expect(panel.find(".jl-details-title").first).to_contain_text("tanh")


def test_lines_have_a_mark_that_leads_to_the_card(panel: Panel) -> None:
    marks = panel.find(".source-mark[title]")
    assert marks.count() >= 3
    mark = panel.line("started = time.time()").locator(".source-mark[title]")
    expect(mark).to_have_attribute("title", re.compile("^wrong result: .*time.time"))
    mark.click()
    expect(panel.tab("Side effects")).to_have_attribute("aria-selected", "true")
    expect(card(panel, "host-clock")).to_have_class(re.compile("jl-selected"))
    expect(card(panel, "host-clock").locator(".jl-go")).to_be_focused()
    panel.line("print(").locator(".source-mark[title]").click()
    expect(card(panel, "print-at-trace").locator(".jl-go")).to_be_focused()


def test_keys_walk_from_card_to_card_and_to_the_graph(panel: Panel) -> None:
    panel.tab("Side effects").click()
    heads = panel.find(".jl-card .jl-go")
    heads.first.focus()
    panel.press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    panel.press("End")
    expect(heads.last).to_be_focused()
    panel.press("ArrowUp", "Home")
    expect(heads.first).to_be_focused()
    card(panel, "print-at-trace").locator(".jl-go").focus()
    panel.press("Enter")
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    assert "ArrowDown" not in panel.told("keys")


def test_a_closed_group_tells_how_much_is_hidden_in_it(panel: Panel) -> None:
    panel.graph.locator("canvas").focus()
    panel.press("c")
    expect(panel.graph).to_have_attribute("data-ghosts", "0")
    assert panel.fact("badges") >= 1
    open_all(panel)
    expect(panel.graph).to_have_attribute("data-ghosts", "2")


def test_ghosts_can_be_hidden(panel: Panel) -> None:
    open_all(panel)
    boxes = panel.fact("boxes")
    panel.button("More").click()
    panel.root.get_by_role("menuitemcheckbox", name="What Python did once").click()
    expect(panel.graph).to_have_attribute("data-ghosts", "0")
    expect(panel.graph).to_have_attribute("data-boxes", str(int(boxes) - 2))


def test_a_click_on_a_ghost_opens_its_card(panel: Panel) -> None:
    open_all(panel)
    canvas = panel.graph.locator("canvas")
    panel.press("f")
    expect(panel.graph).to_have_attribute("data-animating", "false")
    box = canvas.bounding_box()
    assert box is not None
    for y in range(8, int(box["height"]), 16):
        for x in range(16, int(box["width"]), 64):
            if panel.find(".jl-card.jl-selected").count() == 0:
                canvas.click(position={"x": x, "y": y})
    selected = panel.find(".jl-card.jl-selected")
    expect(selected).to_have_attribute("data-hazard", re.compile("print-at-trace|host-clock"))


def test_many_findings_are_filtered_by_harm(empty: Page, packed: str) -> None:
    findings = unpack(packed)["findings"]
    panel = shown(empty, changed(packed, findings=(findings * 200)[:500]))
    panel.root.get_by_text("498 more").click()
    expect(cards(panel)).to_have_count(50)
    panel.find(".jl-findings").get_by_role("button", name="Show all 500").click()
    expect(cards(panel)).to_have_count(500)
    slow = sum(each["harm"] == "slow" for each in (findings * 200)[:500])
    panel.button(f"slow {slow}").click()
    expect(cards(panel)).to_have_count(min(50, slow))
    expect(panel.find(".jl-harm strong").first).to_have_text("slow")
    expect(panel.button(f"slow {slow}")).to_be_focused()


def test_nothing_found_is_one_calm_line(empty: Page) -> None:
    report = effects_report([Judged("cell [1]", (), (), 0, 0, 0, 0.0, 0.1)], "cell [1]")
    panel = mount(empty, pack(encode_report(report)))
    expect(panel.find(".jl-findings")).to_contain_text("jaxlab looked for")
    expect(cards(panel)).to_have_count(0)


def test_a_narrow_panel_turns_to_the_source_and_back(empty: Page, packed: str) -> None:
    panel = shown(empty, packed, width=420)
    panel.tab("Side effects").click()
    card(panel, "host-clock").locator(".jl-frame").first.click()
    expect(chosen_line(panel)).to_be_in_viewport()
    chosen_line(panel).locator(".source-mark").click()
    expect(card(panel, "host-clock")).to_be_in_viewport()
    assert empty.evaluate("globalThis.errors ?? []") == []


def test_findings_without_a_program_lead_to_their_lines(empty: Page, packed: str) -> None:
    """As `%jaxwatch report` has them."""
    findings = [{**each, "stage": -1, "nodes": []} for each in unpack(packed)["findings"]]
    for each in findings:
        each.pop("ghost", None)
    empty.set_viewport_size({"width": 1280, "height": 800})
    empty.evaluate(WATCH)
    bare = changed(packed, findings=findings, stages=[], links=[], tables=[], ladder=[])
    panel = mount(empty, bare)
    card(panel, "host-clock").locator(".jl-frame").first.click()
    expect(chosen_line(panel)).to_contain_text("started = time.time()")
    expect(panel.find(".side-details")).to_be_hidden()
    expect(panel.root.get_by_role("button", name="Show in the graph")).to_have_count(0)
    assert empty.evaluate("globalThis.errors ?? []") == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 700), ("light", 420)])
def test_hostile_texts_are_only_texts(empty: Page, packed: str, theme: str, width: int) -> None:
    evil = [
        {
            **each,
            "hazard": HOSTILE,
            "headline": HOSTILE + "n" * 10_000,
            "what": HOSTILE,
            "remedy": "`unclosed " + "r" * 10_000,
            "evidence": [HOSTILE],
            "lines": [{"file": HOSTILE, "line": 3, "function": HOSTILE}, *each["lines"]],
        }
        for each in unpack(packed)["findings"]
    ]
    panel = shown(empty, changed(packed, findings=evil), theme, width)
    panel.tab("Side effects").click()
    expect(cards(panel).first).to_contain_text("<img src=x")
    expect(panel.find(".jl-findings img")).to_have_count(0)
    assert "\u202e" not in panel.find(".jl-findings").inner_text()
    assert overflowing(panel) == []
    assert empty.evaluate("globalThis.errors ?? []") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cards_are_accessible(empty: Page, packed: str, theme: str) -> None:
    panel = shown(empty, packed, theme)
    panel.tab("Side effects").click()
    empty.add_script_tag(path=AXE)
    assert violations(empty) == []
