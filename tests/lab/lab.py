"""A notebook that is open in JupyterLab or in Notebook 7, as a test sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from own_server import Server
from playwright.sync_api import Locator, Page, expect

NOTEBOOK = Path(__file__).parents[2] / "examples" / "quickstart.ipynb"

_TIME_TO_RUN = 180_000  # ms: twenty times what it takes where nothing else runs

_NOTEBOOK = "jupyterapp.shell.currentWidget"
_CELLS = f"{_NOTEBOOK}.content.model.sharedModel.cells"
_IS_OPEN = f"globalThis.jupyterapp && {_NOTEBOOK}?.context?.isReady && {_CELLS}.length"
_NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_SHOW = f"""async text => {{
    const place = {_CELLS}.findIndex(c => c.getSource().includes(text));
    const {{ content }} = {_NOTEBOOK};
    content.activeCellIndex = place;
    await content.scrollToItem(place, "start");
    return place;
}}"""
_WITHOUT_KERNEL = """path => jupyterapp.restored.then(() => jupyterapp.commands.execute(
    "docmanager:open", { path, kernelPreference: { shouldStart: false, canStart: false } }))"""


@dataclass(frozen=True)
class Lab:
    """Playwright's selectors look into the report's shadow root."""

    page: Page

    def open(self, server: Server, name: str, app: str = "lab/tree") -> None:
        """Go to a notebook, with a kernel; `app` is "notebooks" for Notebook 7."""
        self.page.goto(f"{server.address}/{app}/{name}?reset")
        self.page.wait_for_function(_IS_OPEN)

    def open_without_kernel(self, server: Server, name: str) -> None:
        self.page.goto(f"{server.address}/lab?reset")
        self.page.wait_for_function("globalThis.jupyterapp?.restored")
        self.page.evaluate(_WITHOUT_KERNEL, name)
        self.page.wait_for_function(_IS_OPEN)

    def cell(self, text: str) -> Locator:
        """The cell that holds this text, in sight: others need not be in the page at all."""
        place = self.page.evaluate(_SHOW, text)
        return self.page.locator(f".jp-Cell[data-windowed-list-index='{place}']")

    def report(self, text: str) -> Report:
        """The report under the cell that holds this text."""
        return Report(self.cell(text).locator(".jaxlab-output").first)

    def command(self, label: str) -> None:
        """Choose a command in the palette."""
        self.page.keyboard.press("Control+Shift+C")
        self.page.keyboard.type(label)
        self.page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=label).wait_for()
        self.page.keyboard.press("Enter")

    def run_all(self) -> None:
        """Run all cells once the kernel is there, and wait for them; none may fail."""
        idle = f"{_NOTEBOOK}.sessionContext.session?.kernel?.status === 'idle'"
        self.page.wait_for_function(idle)
        self.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        ran = f"{_CELLS}.every(c => c.cell_type !== 'code' || c.execution_count !== null)"
        failed = f"{_CELLS}.flatMap(c => c.outputs ?? []).filter(o => o.output_type === 'error')"
        ended = f"{idle} && {ran} || {failed}.length > 0"
        self.page.wait_for_function(ended, timeout=_TIME_TO_RUN)
        assert self.page.evaluate(failed) == []

    def save(self) -> None:
        self.page.evaluate(f"{_NOTEBOOK}.context.save()")

    def sources(self) -> list[str]:
        """The cells' texts, as the notebook holds them."""
        return self.page.evaluate(f"{_CELLS}.map(c => c.getSource())")

    def is_trusted(self) -> bool:
        """Whether all that the notebook's code cells show is trusted."""
        code = "[...cells].filter(c => c.type === 'code')"
        return self.page.evaluate(f"cells => {code}.every(c => c.trusted)", self._model())

    def _model(self) -> Any:
        return self.page.evaluate_handle(f"{_NOTEBOOK}.content.model.cells")


@dataclass(frozen=True)
class Report:
    """One report in an output."""

    output: Locator

    @property
    def graph(self) -> Locator:
        """The graph in sight, once it is drawn; its attributes say what."""
        graph = self.output.locator("[data-boxes]").first
        expect(graph).to_be_visible()
        expect(graph).not_to_have_attribute("data-boxes", "0")
        expect(graph).to_have_attribute("data-animating", "false")
        return graph

    @property
    def panel(self) -> Locator:
        return self.output.locator(".panel")

    def find(self, selector: str, has_text: str | None = None) -> Locator:
        return self.output.locator(selector, has_text=has_text).first

    def tab(self, name: str) -> Locator:
        return self.output.get_by_role("tab", name=name, exact=True)

    def mode(self, name: str) -> Locator:
        """Graph, text or table."""
        return self.output.get_by_role("radio", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.output.get_by_role("button", name=name, exact=True)

    def fact(self, name: str) -> float:
        """A number that the graph tells of itself."""
        return float(self.graph.get_attribute(f"data-{name}") or "nan")

    def press(self, *keys: str) -> None:
        """With the focus in the graph."""
        self.graph.locator("canvas").focus()
        for key in keys:
            self.output.page.keyboard.press(key)

    def point_until(self, seen: Callable[[], bool]) -> bool:
        """Move the mouse down the graph, from box to box, until this is seen."""
        box = self.graph.bounding_box()
        assert box is not None
        for down in range(10, round(box["height"]), 10):
            self.output.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + down)
            self.output.page.evaluate(_NEXT_FRAME)
            if seen():
                return True
        return False


def notebook_of(*sources: str, kernel: str = "python3") -> Any:
    """A notebook with these code cells, none of which has run."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
    return notebook


def from_elsewhere(notebook: Any) -> Any:
    """The notebook as somebody else saved it: what this server signed, it is not."""
    copy = nbformat.from_dict(notebook)
    copy.metadata["saved_by"] = "somebody else"
    return copy
