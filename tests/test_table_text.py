"""Tables as text: beside each other what fits, under the row what does not."""

from __future__ import annotations

from rich.console import Console

from jaxlab.renderers.table_text import TableText
from jaxlab.report import Table

LONG = "a sentence that says what happens and what to do about it, at some length"
HINTS = Table(
    "Hints",
    ("kind", "where", "costs", "why"),
    (("indexing", "cell [1]:3  y = x[i]", 1.5e-3, LONG), ("padding", "", 2e-6, "")),
    ("", "", "s", ""),
)


def text(table: Table, width: int, most: int | None = None) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(TableText(table, most))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_what_fits_stands_in_columns() -> None:
    lines = text(HINTS, 140)
    (row,) = [line for line in lines if "indexing" in line]
    assert "1.5 ms" in row and LONG in row


def test_a_long_text_stands_under_its_row_whole() -> None:
    lines = text(HINTS, 60)
    assert all(len(line) <= 60 for line in lines)
    place = next(at for at, line in enumerate(lines) if line.startswith(" indexing"))
    assert "1.5 ms" in lines[place] and "cell [1]:3" in lines[place]
    assert lines[place + 1].startswith("   why: a sentence")
    assert LONG in " ".join(" ".join(lines[place + 1 : place + 3]).split())
    assert sum("why:" in line for line in lines) == 1, "an empty one takes no line"


def test_numbers_keep_their_columns_however_narrow() -> None:
    numbers = Table("N", ("name", "one", "two"), (("a" * 30, 123456, 2),))
    lines = text(numbers, 48)
    assert any("123,456" in line and "2" in line for line in lines)


def test_rows_that_are_left_out_are_counted() -> None:
    many = Table("M", ("n",), tuple((each,) for each in range(12)))
    assert text(many, 40, most=10)[-1] == "and 2 more"


def test_hostile_texts_stay_text() -> None:
    hostile = Table("[red]\x1b[31m", ("[b]x", "y"), (("[/]\x1b]0;", LONG * 3),))
    lines = text(hostile, 40)
    assert not any("\x1b" in line for line in lines)
    assert any("[b]x" in line for line in lines)
