"""What every test shares: small on purpose."""

from __future__ import annotations

import os
import platform
import shutil
from collections import defaultdict
from typing import Any

import jax
import pytest
from chromium import MISSING, launch_options
from tagged import Seen, see_gpt2


def pytest_report_header() -> str:
    """Say what was tested with what."""
    drawing = "with" if shutil.which("dot") else "without"
    return f"jaxlab: JAX {jax.__version__}, Python {platform.python_version()}, {drawing} Graphviz"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests noted: `record_property("figure: instructions", 12)`.

    Numbers with the same name are added up, from all workers; texts are listed.
    """
    print_hazards(terminalreporter)
    numbers: defaultdict[str, float] = defaultdict(float)
    texts: list[tuple[str, str]] = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, value in report.user_properties:
                if not name.startswith("figure: "):
                    continue
                if isinstance(value, int | float):
                    numbers[name.removeprefix("figure: ")] += value
                else:
                    texts.append((name.removeprefix("figure: "), str(value)))
    if numbers or texts:
        terminalreporter.section("figures")
    for name, number in numbers.items():
        terminalreporter.write_line(
            f"{name}: {number:,g}" if number % 1 else f"{name}: {number:,.0f}"
        )
    for name, text in texts:
        terminalreporter.write_line(f"{name}: {text}")


def print_hazards(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests noted of the hazards: how many are found, and how many found in vain."""
    recall: defaultdict[str, list[int]] = defaultdict(lambda: [0] * 5)
    precision: defaultdict[str, list[int]] = defaultdict(lambda: [0] * 2)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, value in report.user_properties:
                if name == "recall":
                    hazard, fires, lines, found, alarms = value
                    more = (fires, lines, found, not fires, alarms)
                    recall[hazard] = [a + b for a, b in zip(recall[hazard], more, strict=True)]
                elif name == "precision":
                    source, programs, alarms = value
                    precision[source][0] += programs
                    precision[source][1] += alarms
    if recall:
        terminalreporter.section("recall of side effects, and false alarms")
        form = "{:22}{:>9}{:>8}{:>8}{:>8}{:>14}"
        head = ("hazard", "programs", "lines", "found", "clean", "false alarms")
        terminalreporter.write_line(form.format(*head))
        for hazard, counts in sorted(recall.items()):
            terminalreporter.write_line(form.format(hazard, *counts))
    for source, (programs, alarms) in precision.items():
        terminalreporter.write_line(f"false alarms in {programs:,} {source}: {alarms:,}")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's Chromium: the system's own, quiet, without a GPU."""
    options = launch_options()
    if options is None:
        pytest.fail(MISSING) if os.environ.get("CI") else pytest.skip(MISSING)
    return {**browser_type_launch_args, **options}


@pytest.fixture(scope="session")
def gpt2_tagged(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The GPT-2 step at its real size, compiled with lineage tags once, whatever the workers."""
    base = tmp_path_factory.getbasetemp()
    return see_gpt2(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
