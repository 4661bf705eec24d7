"""Each hazard is found in the programs that have it, and in none of their clean siblings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from effects.cells import CASES, Program, programs, run
from jaxlab.effects.hazards import HAZARDS

PROGRAMS = programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_a_program(program: Program, record_property: Callable[[str, object], None]) -> None:
    if why := program.why_not():
        pytest.skip(why)
    outcome = run(program)
    lines, alarms = len(list(outcome.marked())), len(outcome.unwanted())
    found = lines - len(outcome.missing())
    record_property("recall", (program.hazard, program.fires, lines, found, alarms))
    assert not outcome.notes
    if program.fires:
        assert list(outcome.marked()), "no line is marked"
        assert not outcome.missing(), [each.headline for _, each in outcome.found]
    else:
        assert not outcome.unwanted()


BY_CALL = {"differs-without-jit"}
"""Found in calls, not in cells: `test_twice.py`."""


def test_the_docs_list_each_hazard_with_its_page() -> None:
    listed = (CASES.parents[2] / "docs" / "side-effects.md").read_text()
    for hazard in HAZARDS:
        assert f"[{hazard.id}](../jaxlab/effects/pages/{hazard.id}.md) | {hazard.title} |" in listed
    pages = {page.stem for page in (CASES.parents[2] / "jaxlab" / "effects" / "pages").glob("*.md")}
    assert pages == {hazard.id for hazard in HAZARDS}


def test_each_hazard_has_programs() -> None:
    hazards = [each for each in HAZARDS if each.id not in BY_CALL]
    for hazard in hazards:
        own = [each for each in PROGRAMS if each.hazard == hazard.id]
        assert sum(each.fires for each in own) >= 2, hazard.id
        assert sum(not each.fires for each in own) >= 1, hazard.id
    assert {file.stem for file in CASES.glob("*.py")} == {hazard.id for hazard in hazards}
