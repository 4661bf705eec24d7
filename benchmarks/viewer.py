"""What the viewer costs on the GPT-2 step: its data in Python, its bytes, its speed in Chromium.

python -m benchmarks.viewer [rounds]

The browser is headless and without a GPU; each round is a page of its own. What is timed there
is what a reader does, by keys, wheel and pointer, see in_page.js.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import jax
from playwright.sync_api import Page, sync_playwright

import jaxlab
from benchmarks.figures import Clock, Figure, show
from examples import gpt2
from jaxlab import _jax
from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.lineage import lineage_between, lower_tagged
from jaxlab.collection import collector_paused
from jaxlab.display import Display
from jaxlab.payload import encode_report, pack
from jaxlab.program import Program
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo
from jaxlab.report import Links, Report, Stage
from jaxlab.viewer import packed_scripts
from jaxlab.views import group_by_scope
from tests.browser.subjects import VIEWER, quickstart
from tests.chromium import MISSING, launch_options

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "labextension" / "dist" / "static"

PARTS = ("group", "cost", "lineage", "encode", "pack")
STAGES = {"jaxpr": 0, "HLO": 2}
FIRST_PAINT = {"jaxpr": 0.25, "HLO": 0.8}
FRAME = {"jaxpr": 0.017, "HLO": 0.033}
ZOOMS = {"at zoom 1": 0, "at a half": 4, "from afar": 14}
"""Notches of the wheel that zoom out before panning."""
FRAMES = 240
DEPTH, GROUPS = 3, 40
"""Of the groups down to this depth, so many are opened, the largest first."""
QUERY = "dot_general shape:f32[*,768] in:block_3"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    program = jaxlab.trace(step, *gpt2.shapes(gpt2.Config.gpt2()))
    outputs = {"jaxpr": program.show(), "HLO": program.show(stage="hlo")}
    clock = Clock()
    for _ in range(rounds + 1):
        prepare(clock, program)
    figures = [
        *python_figures(clock),
        *size_figures(outputs["HLO"]),
        *page_figures(rounds, outputs),
    ]
    show(f"The viewer, on the GPT-2 step (medians of {rounds} rounds)", figures)


def prepare(clock: Clock, program: Program) -> None:
    """Make the viewer's data from graphs that were just read, timed part by part."""
    lowered = lower_tagged(program.traced)
    jaxpr = read_jaxpr(program.traced.jaxpr)
    stablehlo = read_stablehlo(lowered.compiler_ir())
    graphs = {
        "jaxpr": jaxpr,
        "StableHLO": stablehlo,
        "HLO": read_hlo(_jax.hlo_proto(program.tagged)),
    }
    with collector_paused():
        with clock.measure("lineage"):
            links: list[Links] = []
            for place, graph in enumerate((stablehlo, graphs["HLO"]), 1):
                found = lineage_between(jaxpr, graph)
                fates = {node: fate.status for node, fate in found.fates.items()}
                links.append(Links(0, place, found.counterparts, fates))
        with clock.measure("cost"):
            costs = [(flops_of(graph), bytes_of(graph)) for graph in graphs.values()]
        with clock.measure("group"):
            grouped = [group_by_scope(graph) for graph in graphs.values()]
        stages = tuple(map(Stage, grouped, graphs, ("", "", ""), costs))
        report = Report(
            program.name, stages=stages, links=tuple(links), sources=program.source, shown=2
        )
        with clock.measure("encode"):
            payload = encode_report(report)
        with clock.measure("pack"):
            pack(payload)


def python_figures(clock: Clock) -> Iterator[Figure]:
    """Python's share in showing all stages, reading them left out."""
    for part in PARTS:
        yield Figure(f"Python: {part}", clock.median(part), "s")
    yield Figure("Python, in all", sum(map(clock.median, PARTS)), "s", 1.0)


def size_figures(output: Display) -> Iterator[Figure]:
    """What stands in a notebook's file, and what a browser has to load."""
    yield Figure("a whole saved output", saved(output), "B", 1e6)
    yield Figure("the quickstart's", saved(quickstart().show()), "B", 150e3)
    yield Figure("the viewer, gzipped", len(packed_scripts(charts=False)) * 4 // 5, "B", 60e3)
    yield Figure("loaded when JupyterLab starts, gzipped", start_up_bytes(), "B", 15e3)


def saved(output: Display) -> int:
    """The bytes of an output in a notebook's file, in all its forms."""
    return len(json.dumps(output._repr_mimebundle_(), ensure_ascii=False).encode())


def gzipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def start_up_bytes() -> int:
    """The extension's entry and the chunks that it names; the viewer comes with a first report."""
    (entry,) = LAB.glob("remoteEntry.*.js")
    text = entry.read_text()
    chunks = sorted(set(re.findall(r"\.e\((\d+)\)", text)))
    found = [path for chunk in chunks for path in LAB.glob(f"{chunk}.*.js")]
    return sum(gzipped(path.read_text()) for path in (entry, *found, LAB / "style.js"))


def page_figures(rounds: int, outputs: dict[str, Display]) -> Iterator[Figure]:
    """The viewer in Chromium, with the jaxpr and with the HLO."""
    whole = encode_report(outputs["HLO"].whole)
    for name, stage in STAGES.items():
        clock, drawn = Clock(), {}
        data = pack({**whole, "first": stage})
        for _ in range(rounds + 1):
            with new_page() as page:
                clock.note("show", ask(page, "show", outputs[name].packed) / 1e3)
            with new_page() as page:
                look(clock, drawn, page, data, stage)
        yield Figure(f"{name}: first paint", clock.median("show"), "s", FIRST_PAINT[name])
        boxes = f"{drawn['boxes']:,} boxes"
        yield Figure(f"{name}: opening all of it, {boxes}", clock.median("expand"), "s")
        for zoom in ZOOMS:
            said = f"{name}: panning {zoom}, {drawn[zoom]:,} boxes in sight"
            yield Figure(f"{said}, paint, p95", clock.median(f"work {zoom}"), "s")
            yield Figure(f"{said}, frame, p95", clock.median(f"apart {zoom}"), "s", FRAME[name])
        yield Figure(f"{name}: opening a group, the slowest", clock.median("open"), "s", 0.1)
        yield Figure(f"{name}: search, a key, p95", clock.median("search"), "s", 0.05)
        yield Figure(f"{name}: hover across stages, p95", clock.median("hover"), "s", 0.016)


def look(clock: Clock, drawn: dict[str, int], page: Page, data: str, stage: int) -> None:
    """One round with all stages in one page, this one shown first."""
    ask(page, "show", data)
    opened = ask(page, "open", DEPTH, GROUPS)
    clock.note("open", max(each["taken"] for each in opened) / 1e3)
    clock.note("search", p95(ask(page, "search", QUERY)) / 1e3)
    clock.note("hover", p95(ask(page, "hover", max(STAGES.values()) - stage)) / 1e3)
    expanded = ask(page, "expandAll")
    clock.note("expand", expanded["taken"] / 1e3)
    drawn["boxes"] = expanded["boxes"]
    for zoom, steps in ZOOMS.items():
        panned = ask(page, "pan", FRAMES, steps)
        clock.note(f"work {zoom}", p95(panned["work"]) / 1e3)
        clock.note(f"apart {zoom}", p95(panned["apart"]) / 1e3)
        drawn[zoom] = panned["drawn"]


def ask(page: Page, what: str, *arguments: Any) -> Any:
    """Call one of in_page.js's functions."""
    return page.evaluate(f"(arguments) => bench.{what}(...arguments)", arguments)


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


@contextmanager
def new_page() -> Iterator[Page]:
    """A page that has the viewer, in a browser that has done nothing yet."""
    options = launch_options() or sys.exit(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        page.set_content("<!doctype html><body style='margin:0'></body>")
        page.add_script_tag(path=VIEWER)
        page.add_script_tag(path=Path(__file__).with_name("in_page.js"))
        yield page
        browser.close()


if __name__ == "__main__":
    main()
