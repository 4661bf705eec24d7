"""Reports in a real JupyterLab and a real Notebook 7: what no page of our own can show."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import nbformat
import pytest
from own_server import Server
from playwright.sync_api import Locator, Page, expect

import jaxlab
from jaxlab.display import MIME

pytestmark = pytest.mark.browser

STEP = "def layer(x):\n    y = jnp.tanh(x @ x)\n    return y.sum()\n\nloss = jax.jit(layer)(x)"
NOTEBOOK_KEYS = ("x", "b", "d", "d", "z")
"""In JupyterLab's command mode: cut, insert below, delete, undo."""

OPEN_WITHOUT_KERNEL = """path => jupyterapp.restored.then(() => jupyterapp.commands.execute(
    "docmanager:open", { path, kernelPreference: { shouldStart: false, canStart: false } }))"""

OUT_OF_SIGHT = """() => {
    document.querySelector(".jp-WindowedPanel-outer").scrollBy(0, 200);
    const box = document.querySelector(".jaxlab-output")?.getBoundingClientRect();
    return !box || box.height === 0 || box.bottom < 0;
}"""
"""In steps: the heights of cells that were never in sight are guesses, and scrolling stops."""


def notebook_of(*sources: str) -> Any:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.kernelspec = kernel
    return notebook


def _layers(x: jax.Array) -> jax.Array:
    for name in ("first", "second"):
        with jax.named_scope(name):
            x = jnp.tanh(x @ x)
    return x.sum()


def with_report() -> Any:
    """A notebook as someone else saved it: it ran on another machine, so it isn't trusted."""
    notebook = notebook_of("before = 1", STEP, *["after = 1\n" * 8] * 12)
    program = jaxlab.trace(jax.jit(_layers), jnp.ones((8, 8)))
    bundle = nbformat.from_dict(program._repr_mimebundle_())
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", bundle)]
    return notebook


def graph_of(page: Page) -> Locator:
    """The graph of the report in sight, once it is drawn."""
    graph = page.locator(".jaxlab-output [data-boxes]").first
    expect(graph).to_be_visible()
    expect(graph).not_to_have_attribute("data-boxes", "0")
    return graph


def sources(page: Page) -> list[str]:
    """The cells' texts, as the notebook holds them."""
    return page.evaluate(
        "jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(c => c.getSource())"
    )


def run_command(page: Page, label: str) -> None:
    """Choose a command in the palette."""
    page.keyboard.press("Control+Shift+C")
    page.keyboard.type(label)
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=label).wait_for()
    page.keyboard.press("Enter")


def press_in_report(page: Page) -> None:
    graph_of(page).click()
    for key in (*NOTEBOOK_KEYS, "g", "x"):  # the last two: back to one stage's graph
        page.keyboard.press(key)


def test_the_extension_is_enabled_and_ok() -> None:
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    (line,) = [line for line in (run.stdout + run.stderr).splitlines() if " jaxlab v" in line]
    assert "enabled" in line
    assert "OK" in line


def test_a_cell_is_traced_used_and_saved(server: Server, page: Page) -> None:
    first = "import jax, jax.numpy as jnp\nx = jnp.ones((8, 8))"
    server.write("live.ipynb", notebook_of(first, STEP, "after = 1"))
    page.goto(f"{server.address}/lab/tree/live.ipynb?reset")
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    run_command(page, "jaxlab: trace this cell")
    graph_of(page)
    assert sources(page) == [first, f"%%jaxtrace\n{STEP}", "after = 1"]

    # A line of the report's source leads to the cell's.
    page.locator(".jaxlab-output [data-line='3']").first.click()
    page.locator(".jaxlab-output .source-go").first.click()
    editor = "jupyterapp.shell.currentWidget.content.activeCell.editor"
    page.wait_for_function(f"{editor}.hasFocus() && {editor}.getCursorPosition().line === 2")

    # What comes from the caret's line is lit in the report.
    page.keyboard.press("ArrowDown")
    expect(page.locator(".jaxlab-output [data-line='4'][aria-selected=true]")).to_be_visible()

    press_in_report(page)
    assert sources(page) == [first, f"%%jaxtrace\n{STEP}", "after = 1"]

    page.locator(".jp-Notebook .cm-content").nth(1).click()
    run_command(page, "jaxlab: open report in a tab")
    expect(page.locator(".jp-OutputArea .jaxlab-output [data-boxes]")).to_have_count(2)

    run_command(page, "Save Notebook")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    (output,) = [each for each in server.read("live.ipynb").cells[1].outputs if MIME in each.data]
    assert "text/html" in output.data


@pytest.mark.parametrize("windowing", ["contentVisibility", "full"])
def test_a_stored_report_needs_no_trust_and_no_kernel(
    server: Server, page: Page, windowing: str
) -> None:
    server.set_windowing(windowing)
    server.write("stored.ipynb", with_report())
    page.goto(f"{server.address}/lab?reset")
    page.wait_for_function("globalThis.jupyterapp?.restored")
    page.evaluate(OPEN_WITHOUT_KERNEL, "stored.ipynb")
    graph_of(page)
    assert not page.evaluate("jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted")

    before = sources(page)
    press_in_report(page)
    assert sources(page) == before

    # Out of sight and back: what was chosen is chosen still.
    page.locator(".jaxlab-output").get_by_role("tab", name="StableHLO").click()
    page.wait_for_function(OUT_OF_SIGHT)
    page.locator(".jp-WindowedPanel-outer").evaluate("element => element.scrollTo(0, 0)")
    chosen = page.locator(".jaxlab-output").get_by_role("tab", name="StableHLO", selected=True)
    expect(chosen).to_be_visible()
    graph_of(page)


def test_a_report_in_notebook_7(server: Server, page: Page) -> None:
    server.write("seven.ipynb", with_report())
    page.goto(f"{server.address}/notebooks/seven.ipynb")
    graph_of(page)
    before = sources(page)
    press_in_report(page)
    assert sources(page) == before

    page.locator(".jp-Notebook .jp-Cell", has_text="layer").locator(".cm-content").first.click()
    run_command(page, "jaxlab: open report in a tab")
    expect(page.locator("#jaxlab-report [data-boxes]")).to_be_visible()


def test_a_report_is_used_in_the_lab(server: Server, page: Page) -> None:
    """Expand, search, select, source -> graph -> HLO, theme, full size and export."""
    server.write("used.ipynb", with_report())
    page.goto(f"{server.address}/lab/tree/used.ipynb?reset")
    graph = graph_of(page)
    report = page.locator(".jaxlab-output .panel").first
    graph.click()

    page.keyboard.press("c")
    closed = int(graph.get_attribute("data-boxes") or 0)
    page.keyboard.press("e")
    expect(graph).not_to_have_attribute("data-boxes", str(closed))

    page.keyboard.press("/")
    page.keyboard.type("dot_general")
    page.keyboard.press("Enter")
    expect(report.locator(".jl-details")).to_contain_text("dot_general")
    page.keyboard.press("Escape")

    line = report.locator(".source-line", has_text="jnp.tanh").first
    report.get_by_role("radio", name="Text", exact=True).click()
    line.hover()
    expect(report.locator(".jl-line.jl-hover").first).to_contain_text("=")
    report.get_by_role("tab", name="HLO", exact=True).click()
    line.hover()
    expect(report.locator(".jl-line.jl-hover").first).to_be_visible()
    report.get_by_role("radio", name="Graph", exact=True).click()

    page.evaluate(
        "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    expect(report).to_have_attribute("data-theme", "dark")

    report.get_by_role("button", name="Full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement !== null")
    report.get_by_role("button", name="Full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement === null")

    for kind, beginning in (("Picture as SVG", "<svg"), ("Report as HTML", "<!doctype html>")):
        report.get_by_role("button", name="More", exact=True).click()
        with page.expect_download() as download:
            report.get_by_role("menuitem", name=kind).click()
        assert download.value.path().read_text(encoding="utf-8").startswith(beginning)
