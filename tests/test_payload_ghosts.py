"""Where, in a program, Python did what the program never does again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sketch import sketch
from test_payload import SCHEMA

from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.payload import decode_report, encode_report, to_text
from jaxlab.payload.ghosts import ONCE, Ghosts
from jaxlab.report import Report, Stage

PROGRAM = sketch(
    """
main(x: f32[4]) -> z
  y: f32[4] = sin x | line=13
  w: f32[4] = neg y | line=15
  z: f32[4] = cos w | line=18
""",
    name="step",
)
"""Its equations come from lines 13, 15 and 18 of one function."""


def found(line: int, *more: Frame, function: str = "", hazard: str = "print-at-trace") -> Finding:
    (node, *_) = PROGRAM.nodes()
    (frame, *_) = node.origin.frames
    first = Frame(frame.file, line, function or frame.function)
    return Finding(hazard, "surprise", "h", "w", "r", (first, *more))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (1, ("main/0", False)),
        (13, ("main/0", False)),
        (14, ("main/1", False)),
        (16, ("main/2", False)),
        (19, ("main/2", True)),
    ],
)
def test_a_ghost_stands_before_the_equation_that_came_next(
    line: int, place: tuple[str, bool]
) -> None:
    assert Ghosts(PROGRAM).place(found(line)) == place


def test_a_function_without_equations_haunts_the_call_that_traced_it() -> None:
    (node, *_) = PROGRAM.nodes()
    (frame, *_) = node.origin.frames
    ghost = Ghosts(PROGRAM).place(found(2, Frame(frame.file, 15, frame.function), function="log"))
    assert ghost == ("main/1", False)


def test_a_qualified_name_is_the_same_function() -> None:
    (node, *_) = PROGRAM.nodes()
    (frame, *_) = node.origin.frames
    qualified = f"Model.<locals>.{frame.function}"
    assert Ghosts(PROGRAM).place(found(14, function=qualified)) == ("main/1", False)


@pytest.mark.parametrize("hazard", ["leaked-tracer", "captured-constant"])
def test_what_is_no_deed_of_pythons_leaves_no_ghost(hazard: str) -> None:
    assert Ghosts(PROGRAM).place(found(14, hazard=hazard)) is None


def test_there_is_no_ghost_without_a_program_or_a_line() -> None:
    assert Ghosts(None).place(found(14)) is None
    assert Ghosts(PROGRAM).place(Finding("print-at-trace", "surprise", "h", "w", "r")) is None
    assert Ghosts(PROGRAM).place(found(14, function="elsewhere")) is None


def columns(finding: Finding) -> dict[str, Any]:
    report = Report("t", stages=(Stage(PROGRAM, "jaxpr"),), findings=(finding,))
    payload = json.loads(to_text(encode_report(report)))
    jsonschema.validate(payload, SCHEMA)
    assert decode_report(payload).findings[0].headline == "h"
    return payload["findings"][0]


def test_the_payload_has_the_ghosts_place() -> None:
    behind = columns(found(19))
    assert (behind["stage"], behind["ghost"]) == (0, [2, 1])
    assert "ghost" not in columns(found(19, hazard="leaked-tracer"))


def test_every_kind_of_ghost_that_has_a_page_is_a_hazard() -> None:
    pages = Path(__file__).parents[1] / "jaxlab" / "effects" / "pages"
    known = {page.stem for page in pages.glob("*.md")}
    assert {"print-at-trace", "host-random", "host-clock", "host-io"} <= ONCE & known
