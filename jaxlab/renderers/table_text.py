"""A table as text: texts that are too long for a column stand under their row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from jaxlab.overlay import Cell
from jaxlab.quantities import quantity
from jaxlab.renderers.escape import visible
from jaxlab.report import Table

_FOLDED = 32  # a text column may become as narrow as that before it leaves the grid


@dataclass(frozen=True)
class TableText:
    """A table under its title; numbers are right-aligned.

    Attributes:
      table: what is shown.
      most: how many of its rows at most; None for all.
    """

    table: Table
    most: int | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The grid, and how many rows there are more."""
        rows = [row_texts(self.table, row) for row in self.table.rows[: self.most]]
        beside = _beside(self.table, rows, options.max_width)
        if len(beside) == len(self.table.columns):
            yield _grid(self.table, rows)
        else:
            yield from _stacked(self.table, rows, beside)
        left = len(self.table.rows) - len(rows)
        if left:
            yield Text(f"and {left:,} more", style="dim")


def row_texts(table: Table, row: Sequence[Cell]) -> list[str]:
    """A row's cells as texts that are safe to print, numbers with their units."""
    units = table.units or ("",) * len(row)
    return [
        visible(cell, 400) if isinstance(cell, str) else quantity(cell, unit)
        for cell, unit in zip(row, units, strict=True)
    ]


def holds_numbers(table: Table, column: int) -> bool:
    """Whether a column is set as numbers: it has some, beside the likes of "not known"."""
    return any(not isinstance(row[column], str) for row in table.rows)


def _beside(table: Table, rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that fit beside each other; the widest texts have to leave, but the first."""
    widths = [_width(table, rows, column) for column in range(len(table.columns))]
    kept = list(range(len(table.columns)))
    while sum(min(widths[each], _FOLDED) + 2 for each in kept) + 1 > width:
        texts = [each for each in kept[1:] if not holds_numbers(table, each)]
        if not texts:
            break
        kept.remove(max(texts, key=lambda each: widths[each]))
    return kept


def _width(table: Table, rows: Sequence[Sequence[str]], column: int) -> int:
    words = visible(table.columns[column], 40).split()
    cells = [cell_len(row[column]) for row in rows]
    return max([0, *map(cell_len, words), *cells])


def _grid(table: Table, rows: Iterable[Sequence[str]]) -> Grid:
    grid = _titled(table)
    for place, column in enumerate(table.columns):
        justify = "right" if holds_numbers(table, place) else "left"
        grid.add_column(Text(visible(column, 40)), justify=justify, overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid


def _titled(table: Table) -> Grid:
    return Grid(
        title=Text(visible(table.title, 100), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="dim",
        pad_edge=False,
    )


def _stacked(
    table: Table, rows: Sequence[Sequence[str]], beside: Sequence[int]
) -> Iterable[RenderableType]:
    """The columns that fit, and under each row the others, each after its column's name."""
    widths = {column: _width(table, rows, column) for column in beside}
    below = [each for each in range(len(table.columns)) if each not in beside]

    def line(cells: Sequence[str], style: str = "") -> Grid:
        grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for each in beside:
            right = holds_numbers(table, each)
            justify = "right" if right else "left"
            grid.add_column(justify=justify, width=widths[each], overflow="fold", style=style)
        grid.add_row(*(Text(cells[each]) for each in beside))
        return grid

    yield Text(visible(table.title, 100), style="bold")
    yield Text()
    yield Padding(line([visible(each, 40) for each in table.columns], "dim"), (0, 0, 0, 1))
    yield Text(" " + "─" * (sum(widths.values()) + 2 * len(beside) - 2), style="dim")
    for row in rows:
        yield Padding(line(row), (0, 0, 0, 1))
        for each in below:
            if row[each]:
                name = visible(table.columns[each], 40)
                said = Text.assemble((f"{name}: ", "dim"), row[each])
                yield Padding(said, (0, 0, 0, 3))
    yield Text()
