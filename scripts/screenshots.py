"""Take pictures of the viewer as its readers first meet it, and say what is wrong with them.

.venv/bin/python scripts/screenshots.py [FOLDER]   # build/screenshots, if none is given

Each program is looked at wide and narrow, light and dark. Ends with status 1 if a picture has
something wrong with it: boxes without names, cut text, an empty pane, parts that stick out,
errors in the console, requests to the network. The pictures in docs/ are of these, all of them
wide: gpt2-stages, scan-open, profile, profile-memory and ghosts (side-effects there), light, and
gpt2-hlo, dark.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import subjects  # noqa: E402
from effects_cell import effects_page  # noqa: E402
from first_look import SIZES, THEMES, Watch, complaints, look_at  # noqa: E402
from panel import Panel, write_page  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402

from tests.chromium import MISSING, launch_options  # noqa: E402


def as_it_is(panel: Panel) -> None:
    """Nothing is clicked."""


def choose_jaxpr(panel: Panel) -> None:
    """Look at the first stage of all."""
    panel.tab("jaxpr").click()
    rest(panel)


def open_a_block(panel: Panel) -> None:
    """Open the stack of blocks by looking for one, and then that block."""
    reveal(panel, "in:block_0")
    panel.press("Enter")
    rest(panel)


def open_the_scan(panel: Panel) -> None:
    """Open what the scan does, in the loop, in the branch."""
    reveal(panel, "tanh")
    panel.press("Escape")
    rest(panel)


def open_tab(name: str) -> Callable[[Panel], None]:
    """What looks at a tab beside the stages."""

    def prepare(panel: Panel) -> None:
        panel.tab(name).click()
        panel.page.evaluate("document.activeElement.shadowRoot?.activeElement?.blur()")

    return prepare


def reveal(panel: Panel, query: str) -> None:
    """Search; then the graph has the focus, and opens what hides the first hit."""
    panel.root.focus()
    panel.search(query)
    panel.press("Escape", "Escape")


def rest(panel: Panel) -> None:
    """Look from where the program begins, once nothing moves any more, without a focus ring."""
    panel.press("0")
    expect(panel.graph).to_have_attribute("data-animating", "false")
    panel.page.evaluate("document.activeElement.shadowRoot?.activeElement?.blur()")


class Shot(NamedTuple):
    """A page, what is done before it is photographed, and whether a graph is to be seen."""

    name: str
    html: str
    prepare: Callable[[Panel], None] = as_it_is
    has_graph: bool = True


def shots() -> Iterator[Shot]:
    """All that is photographed, one by one: the programs are large."""
    quickstart = subjects.quickstart().show()
    yield Shot("quickstart", quickstart.html())
    scan = subjects.scan_in_while_in_cond().show().html()
    yield Shot("scan", scan)
    yield Shot("scan-open", scan, prepare=open_the_scan)
    yield Shot("effects", subjects.effects().show().html())
    hidden = effects_page()
    yield Shot("ghosts", hidden)
    yield Shot("side-effects", hidden, prepare=open_tab("Side effects"))
    yield Shot("empty", subjects.empty().show().html(), has_graph=False)
    yield Shot("newer", subjects.newer_page(quickstart), has_graph=False)
    yield Shot("broken", subjects.broken_page(quickstart), has_graph=False)
    gpt2 = subjects.gpt2_step()
    html = gpt2.show().html()
    yield Shot("gpt2-jaxpr", html)
    yield Shot("gpt2-block", html, prepare=open_a_block)
    html = gpt2.show(stage="hlo").html()
    yield Shot("gpt2-hlo", html)
    yield Shot("gpt2-stages", html, prepare=choose_jaxpr)
    html = subjects.gpt2_profile().show().html()
    yield Shot("profile-hlo", html)
    yield Shot("profile", html, prepare=open_tab("Profile"))
    yield Shot("profile-memory", html, prepare=open_tab("Memory"))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    options = launch_options() or sys.exit(MISSING)
    wrong = 0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as pages:
        browser = playwright.chromium.launch(**options)
        for shot in shots():
            address = write_page(Path(pages), shot.html)
            for size in SIZES:
                for theme in THEMES:
                    page = browser.new_page()
                    watch = Watch(page)
                    panel = look_at(page, address, size, theme, graph=shot.has_graph)
                    said = [*complaints(panel, graph=shot.has_graph)]
                    shot.prepare(panel)
                    name = f"{shot.name}-{size[0]}-{theme}"
                    page.screenshot(path=folder / f"{name}.png")
                    said += watch.noted
                    print(name, *(said or ["ok"]), sep="\n    " if said else ": ", flush=True)
                    wrong += bool(said)
                    page.close()
    print(f"{folder}: {wrong or 'no'} pictures with something wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
