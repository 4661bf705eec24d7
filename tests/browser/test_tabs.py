"""A report's own tabs: charts and tables that lead into the graphs, by pointer and by keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from panel import WATCH, Panel, mount
from playwright.sync_api import Locator, Page, expect
from profile_report import profile_report
from test_page_looks import AXE, overflowing, violations

from jaxlab.charts import Curve, Flame, Roof, Roofline, Timeline
from jaxlab.payload import encode_report, pack
from jaxlab.report import Report, Tab, Table

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"throw Error('ran')\">\u202e</script>"


@pytest.fixture(scope="session")
def packed() -> str:
    return pack(encode_report(profile_report()))


@pytest.fixture
def panel(empty: Page, packed: str) -> Panel:
    """The profile of a train step, at its tab."""
    empty.evaluate(WATCH)
    empty.set_viewport_size({"width": 1280, "height": 900})
    panel = mount(empty, packed)
    panel.tab("Profile").click()
    expect(plot(panel, "timeline")).to_have_attribute("data-drawn", re.compile("."))
    return panel


def plot(panel: Panel, kind: str) -> Locator:
    """A chart's picture; its attributes say what pointer and keys are at."""
    return panel.find(f".jl-{kind} .jl-plot")


def drawing(panel: Panel, kind: str) -> str:
    """What is drawn, once it is."""
    panel.page.evaluate("() => new Promise(requestAnimationFrame)")
    panel.page.evaluate("() => new Promise(requestAnimationFrame)")
    return plot(panel, kind).locator("canvas").evaluate("(c) => c.toDataURL()")


def test_tabs_stand_beside_the_stages(panel: Panel) -> None:
    expect(panel.root.get_by_role("tab")).to_have_text(
        ["jaxpr", "StableHLO", "HLO", "Profile", "Memory"]
    )
    expect(panel.find(".jl-tab .figures")).to_contain_text("median of 41")
    expect(panel.root.get_by_role("radiogroup", name="View")).to_be_hidden()
    panel.press("ArrowRight")
    expect(panel.tab("Memory")).to_be_focused()
    expect(panel.find(".jl-tab")).to_contain_text("Donation saves")
    panel.press("4")
    expect(panel.find(".jl-flame")).to_be_visible()
    panel.press("3")
    expect(panel.tab("HLO")).to_have_attribute("aria-selected", "true")
    expect(panel.graph).to_be_visible()
    expect(panel.find(".jl-tab")).to_have_count(0)


def test_a_report_without_tabs_has_none(empty: Page) -> None:
    report = profile_report()
    panel = mount(empty, pack(encode_report(Report("t", stages=report.stages[:1]))))
    expect(panel.root.get_by_role("tab")).to_have_text(["jaxpr"])


def test_a_box_is_looked_into_and_left(panel: Panel) -> None:
    flame = plot(panel, "flame")
    whole = drawing(panel, "flame")
    flame.click(position={"x": 100, "y": 33})
    trail = panel.root.get_by_role("navigation", name="Looked into")
    expect(trail.get_by_role("button")).to_have_text(["all", "forward"])
    assert drawing(panel, "flame") != whole
    flame.click(position={"x": 300, "y": 55})
    expect(trail.get_by_role("button")).to_have_count(3)
    expect(panel.details).to_contain_text("operations")
    panel.press("Escape")
    expect(trail.get_by_role("button")).to_have_count(2)
    trail.get_by_role("button", name="all").click()
    expect(trail).to_be_hidden()


def test_keys_walk_a_flame_graph_down_to_the_graph(panel: Panel) -> None:
    plot(panel, "flame").focus()
    panel.press(*["ArrowDown"] * 8)
    expect(panel.find(".legend-said")).to_contain_text("µs")
    panel.press("Enter")
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    expect(panel.graph.locator("canvas")).to_be_focused()
    expect(panel.details).to_contain_text("attributed")


def test_a_timeline_is_zoomed_and_panned(panel: Panel) -> None:
    timeline = plot(panel, "timeline")
    timeline.focus()
    seen = [drawing(panel, "timeline")]
    for key in ("w", "w", "d", "s"):
        panel.press(key)
        seen.append(drawing(panel, "timeline"))
    assert len(set(seen)) == 5
    panel.press("0")
    assert drawing(panel, "timeline") == seen[0]
    panel.button("Zoom in").click()
    assert drawing(panel, "timeline") != seen[0]
    expect(panel.find(".side-source")).to_be_visible()  # the panel's own s and d did not run
    timeline.focus()
    panel.press("ArrowDown", "ArrowDown", "ArrowDown", " ")
    expect(panel.details).to_contain_text("measured")


def test_the_wheel_zooms_with_ctrl_and_scrolls_without(panel: Panel) -> None:
    timeline = plot(panel, "timeline")
    timeline.click(position={"x": 200, "y": 5})
    before = drawing(panel, "timeline")
    panel.page.keyboard.down("Control")
    panel.page.mouse.wheel(0, -200)
    panel.page.keyboard.up("Control")
    zoomed = drawing(panel, "timeline")
    assert zoomed != before
    panel.page.mouse.wheel(0, 200)
    panel.page.wait_for_function(
        "() => document.querySelector('.jaxlab').shadowRoot.querySelector('.jl-tab').scrollTop > 0"
    )


def test_pointing_tells_and_a_click_selects_in_all_panes(panel: Panel) -> None:
    roofline = plot(panel, "roofline")
    roofline.focus()
    panel.press("ArrowRight", " ")
    expect(panel.details.locator(".jl-details-title")).to_contain_text("dot")
    expect(panel.find(".source-line.counterpart").first).to_be_attached()
    row = panel.find(".jl-report-table tr.jl-selected").first
    expect(row.locator("button")).to_have_attribute("aria-pressed", "true")
    plot(panel, "flame").hover(position={"x": 100, "y": 10})
    expect(panel.find(".jl-flame [role=tooltip]")).to_contain_text("100 % of all (attributed)")
    panel.tab("Memory").click()
    plot(panel, "curve").hover(position={"x": 300, "y": 100})
    expect(panel.find(".jl-curve [role=tooltip]")).to_contain_text("of 686")


def test_rows_lead_to_lines_and_to_the_graph(panel: Panel) -> None:
    table = panel.root.get_by_role("table", name=re.compile("^Operations"))
    expect(table.locator("tbody tr")).to_have_count(10)
    panel.button("Show all 50").click()
    expect(table.locator("tbody tr")).to_have_count(50)
    row = table.locator("tbody tr").nth(1)
    row.click()
    expect(panel.find(".source-line.counterpart").first).to_be_attached()
    expect(row).to_have_class(re.compile("jl-selected"))
    row.get_by_role("button").focus()
    panel.press("ArrowDown", "ArrowUp", "ArrowUp")
    expect(table.locator("tbody tr").first.get_by_role("button")).to_be_focused()
    panel.press("Enter")
    expect(panel.tab("HLO")).to_have_attribute("aria-selected", "true")
    expect(panel.graph).to_be_visible()


def test_a_table_is_sorted_by_its_columns(panel: Panel) -> None:
    table = panel.root.get_by_role("table", name="Kinds of operation")
    first = table.locator("tbody tr").first
    expect(first).to_contain_text("%")
    table.get_by_role("button", name="operations").click()
    expect(table.locator("th").nth(1)).to_have_attribute("aria-sort", "descending")
    most = first.inner_text()
    table.get_by_role("button", name="operations").click()
    assert first.inner_text() != most
    table.get_by_role("button", name="kind").click()
    names = [name.inner_text() for name in table.locator("tbody td:first-child").all()]
    assert names == sorted(names)


def test_charts_have_a_text_and_a_table(panel: Panel) -> None:
    label = plot(panel, "flame").get_attribute("aria-label") or ""
    assert label.startswith("Time by scope. ") and "attributed" in label
    panel.find(".jl-flame summary").click()
    rows = panel.find(".jl-flame tbody tr")
    expect(rows).to_have_count(10)
    rows.first.click()
    expect(panel.details).to_be_visible()


def test_a_chart_is_saved_as_svg(panel: Panel, tmp_path: Path) -> None:
    plot(panel, "roofline").focus()
    panel.button("More").click()
    with panel.page.expect_download() as download:
        panel.root.get_by_role("menuitem", name="Picture as SVG").click()
    assert download.value.suggested_filename.endswith("Profile.svg")
    download.value.save_as(tmp_path / "chart.svg")
    assert "<svg" in (tmp_path / "chart.svg").read_text()


def test_measured_heat_says_so(panel: Panel) -> None:
    panel.tab("HLO").click()
    legend = panel.find(".legend-heat")
    expect(legend).to_contain_text("measured")
    expect(legend).to_contain_text("not measured")
    expect(panel.find(".source-share").filter(has_text=re.compile("s$")).first).to_be_attached()
    panel.tab("jaxpr").click()
    expect(legend).to_contain_text("attributed")
    expect(panel.find(".source .jl-hollow").first).to_be_attached()


@pytest.mark.parametrize("width", [1800, 1280, 700, 480, 320])
@pytest.mark.parametrize("tab", ["Profile", "Memory"])
def test_a_tab_fits_its_width(width: int, tab: str, panel: Panel) -> None:
    panel.page.set_viewport_size({"width": width, "height": 900})
    panel.tab(tab).click()
    expect(panel.find(".jl-plot").first).to_have_attribute("data-drawn", re.compile("."))
    assert [part for part in overflowing(panel) if part != ".tabs"] == []
    assert panel.find(".jl-tab").evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_in_a_narrow_panel_the_source_is_left_by_the_tab(panel: Panel) -> None:
    panel.page.set_viewport_size({"width": 480, "height": 900})
    panes = panel.root.get_by_role("radiogroup", name="Pane")
    panes.get_by_role("radio", name="Source").click()
    expect(panel.find(".jl-tab")).to_be_hidden()
    panel.tab("Profile").click()
    expect(panel.find(".jl-tab")).to_be_visible()
    panes.get_by_role("radio", name="Graph").click()
    expect(panel.graph).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(theme: str, empty: Page, packed: str) -> None:
    panel = mount(empty, packed, theme)
    empty.add_script_tag(path=AXE)
    for tab in ("Profile", "Memory"):
        panel.tab(tab).click()
        panel.find(".jl-figure summary").first.click()
        panel.find(".jl-go").first.click()
        assert violations(empty) == []


def test_hostile_names_stay_text(empty: Page) -> None:
    empty.evaluate(WATCH)
    one = (HOSTILE,)
    tab = Tab(
        HOSTILE,
        one,
        one,
        (
            Flame(HOSTILE, "s", HOSTILE, one * 2, (-1, 0), (2.0, 1.0)),
            Timeline(HOSTILE, one, (0,), (0.0,), (1.0,), one),
            Roofline(HOSTILE, (Roof(HOSTILE, 1e9, 1e9, HOSTILE),), (1.0,), (1e8,), (1.0,), one),
            Curve(HOSTILE, "B", HOSTILE, HOSTILE, (1.0,)),
        ),
        (Table(HOSTILE, one, (one,)),),
    )
    panel = mount(empty, pack(encode_report(Report("t", tabs=(tab,)))))
    panel.root.get_by_role("tab").last.click()
    for summary in panel.find("summary").all():
        summary.click()
    panel.find(".jl-plot").first.click(position={"x": 40, "y": 30})
    panel.find(".jl-plot").first.hover(position={"x": 60, "y": 30})
    expect(panel.find(".jl-flame [role=tooltip]")).to_contain_text("<img")
    assert panel.find("img").count() == 0
    assert panel.told("errors") == []
