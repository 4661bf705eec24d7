"""The quickstart in a real JupyterLab and a real Notebook 7, from its first cell to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab import Lab, Report, from_elsewhere
from own_server import Server
from playwright.sync_api import expect

from jaxlab.display import MIME

pytestmark = pytest.mark.browser

STEP = "%%jaxtrace\nparams, value = step(params, batch)"
INIT = "params = init(jax.random"
RELU = "jax.nn.relu"
WIDE = {"width": 1600, "height": 1000}  # the source stands beside the graph
NOTEBOOK_KEYS = ("x", "b", "d", "d", "z")
"""In JupyterLab's command mode: cut, insert below, delete, undo."""

OUT_OF_SIGHT = """() => {
    document.querySelector(".jp-WindowedPanel-outer").scrollBy(0, 200);
    const box = document.querySelector(".jaxlab-output")?.getBoundingClientRect();
    return !box || box.height === 0 || box.bottom < 0;
}"""
"""In steps: the heights of cells that were never in sight are guesses, and scrolling stops."""


def cell_of(notebook: Any, name: str) -> Any:
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    return cell


def press_notebook_keys(lab: Lab, report: Report) -> None:
    """What edits a notebook does nothing to it where a report has the focus."""
    before = lab.sources()
    report.graph.click()
    report.press(*NOTEBOOK_KEYS, "g", "x")  # the last two: back to one stage's graph
    assert lab.sources() == before


def test_its_cells_run_and_are_saved(quickstart: Any) -> None:
    outputs = [output for cell in quickstart.cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output.output_type == "error"] == []
    stored = [output.data for output in outputs if MIME in output.get("data", {})]
    assert len(stored) == 3
    assert all({"text/html", "text/plain"} <= data.keys() for data in stored)


def test_its_report_is_explored(server: Server, quickstart: Any, lab: Lab) -> None:
    """Source -> graph -> HLO, expand, search, select."""
    lab.page.set_viewport_size(WIDE)
    server.write("explored.ipynb", quickstart)
    lab.open(server, "explored.ipynb")
    report = lab.report(STEP)
    graph = report.graph

    # HLO beside the jaxpr: a line lights both, and a box of one its counterparts in the other.
    report.press("x")
    second = report.output.locator(".slot").nth(1)
    second.get_by_role("combobox").select_option("HLO")
    hlo = second.locator("[data-boxes]")
    expect(hlo).to_have_attribute("data-ready", "true")
    report.find(".source-line", has_text=RELU).hover()
    for each in (graph, hlo):
        expect(each).not_to_have_attribute("data-lit", "0")
    assert report.point_until(lambda: hlo.get_attribute("data-counterparts") != "0")
    assert report.fact("hovered") == 1

    report.press("x", "c")
    closed = report.fact("boxes")
    report.press("e")
    expect(graph).not_to_have_attribute("data-boxes", f"{closed:g}")

    report.press("/")
    lab.page.keyboard.type("dot_general in:hidden")  # as the notebook says
    lab.page.keyboard.press("Enter")
    expect(report.find(".jl-search-count")).to_contain_text("1 of ")
    expect(report.find(".jl-details-title")).to_have_text("dot_general")
    report.press("]")  # to what uses it
    expect(report.find(".jl-details-title")).not_to_have_text("dot_general")


def test_its_report_is_shown_and_taken_along(
    server: Server, quickstart: Any, lab: Lab, tmp_path: Path
) -> None:
    """Themes, full screen, and what is exported."""
    server.write("shown.ipynb", quickstart)
    lab.open(server, "shown.ipynb")
    page, report = lab.page, lab.report(STEP)
    assert report.graph
    for theme in ("Dark", "Light"):
        change = f"{{theme: 'JupyterLab {theme}'}}"
        page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {change})")
        expect(report.panel).to_have_attribute("data-theme", theme.lower())

    for element in ("!==", "==="):
        report.button("Full screen").click()
        page.wait_for_function(f"document.fullscreenElement {element} null")

    for kind, beginning in (
        ("Picture as SVG", b"<svg"),
        ("Picture as PNG", b"\x89PNG"),
        ("Report as HTML", b"<!doctype html>"),
    ):
        report.button("More").click()
        with page.expect_download() as download:
            report.output.get_by_role("menuitem", name=kind).click()
        assert download.value.path().read_bytes().startswith(beginning)


def test_its_lines_lead_to_its_cells_and_back(server: Server, quickstart: Any, lab: Lab) -> None:
    assert quickstart  # its kernel still runs
    lab.open(server, "quickstart.ipynb")
    page, report = lab.page, lab.report(STEP)
    report.find(".source-line", has_text=RELU).click()
    report.find(".source-go").click()
    editor = "jupyterapp.shell.currentWidget.content.activeCell.editor"
    page.wait_for_function(
        f"{editor}.hasFocus() && {editor}.getLine({editor}.getCursorPosition().line)"
        f".includes('{RELU}')"
    )

    # What comes from the caret's line is lit in the report.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    lit = report.find(".source-line[aria-selected=true]")
    expect(lit).to_contain_text('x @ last["w"]')

    press_notebook_keys(lab, report)

    # The cell that trains, traced by a command, in a tab of its own.
    lab.cell(INIT).locator(".cm-content").click()
    lab.command("jaxlab: trace this cell")
    assert lab.report(INIT).graph
    traced = [text for text in lab.sources() if text.startswith("%%jaxtrace\ndef init(")]
    assert len(traced) == 1
    reports = page.locator(".jaxlab-output [data-boxes]")
    shown = reports.count()
    lab.command("jaxlab: open report in a tab")
    expect(reports).to_have_count(shown + 1)


@pytest.mark.parametrize("windowing", ["contentVisibility", "full"])
def test_it_needs_no_trust_and_no_kernel(
    server: Server, quickstart: Any, lab: Lab, windowing: str
) -> None:
    server.set_windowing(windowing)
    server.write("stored.ipynb", from_elsewhere(quickstart))
    lab.open_without_kernel(server, "stored.ipynb")
    report = lab.report(STEP)
    assert report.graph
    assert not lab.is_trusted()
    press_notebook_keys(lab, report)

    # Out of sight and back: what was chosen is chosen still.
    report.tab("StableHLO").click()
    lab.page.wait_for_function(OUT_OF_SIGHT)
    report = lab.report(STEP)
    expect(report.output.get_by_role("tab", name="StableHLO", selected=True)).to_be_visible()
    assert report.graph


def test_it_is_read_in_notebook_7(server: Server, quickstart: Any, lab: Lab) -> None:
    server.write("seven.ipynb", from_elsewhere(quickstart))
    lab.open(server, "seven.ipynb", app="notebooks")
    press_notebook_keys(lab, lab.report(STEP))

    lab.cell(STEP).locator(".cm-content").click()
    lab.command("jaxlab: open report in a tab")
    expect(lab.page.locator("#jaxlab-report [data-boxes]")).to_be_visible()
