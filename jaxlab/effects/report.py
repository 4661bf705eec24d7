"""What was found, as a report: the findings, and what was traced and compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaxlab.effects.ledger import Ledger
from jaxlab.effects.session import Judged
from jaxlab.finding import HARMS, worst_first
from jaxlab.origin import Source
from jaxlab.quantities import quantity
from jaxlab.report import SIDE_EFFECTS, Report, Tab, Table


def effects_report(
    judged: Sequence[Judged], title: str, sources: Sequence[Source] = (), sort: str = ""
) -> Report:
    """A report of nothing but side effects: of a block, or of a notebook's watched cells.

    Args:
      judged: what was found, cell by cell.
      title: what the report is called.
      sources: the texts that findings' lines are in.
      sort: the column that the ledger is sorted by; "" for the order of the cells.

    Raises:
      InputError: the ledger has no such column.
    """
    findings = worst_first([finding for each in judged for finding in each.findings])
    return Report(
        title=title, sources=tuple(sources), tabs=(effects_tab(judged, sort),), findings=findings
    )


def effects_tab(judged: Sequence[Judged], sort: str = "") -> Tab:
    """The tab that lists what was found, with what was traced and compiled: see above."""
    notes = dict.fromkeys(note for each in judged for note in each.notes)
    ledger = Ledger(tuple(entry for each in judged for entry in each.ledger if entry.own))
    if sort:
        ledger = ledger.sorted(sort)
    tables = (_table(judged),) if len(judged) > 1 else ()
    tables += ledger.tables()
    return Tab(SIDE_EFFECTS, tuple(_figures(judged)), tuple(notes), tables=tables)


def _figures(judged: Sequence[Judged]) -> Iterator[str]:
    findings = worst_first([finding for each in judged for finding in each.findings])
    for harm in HARMS:
        count = sum(finding.harm == harm for finding in findings)
        if count:
            yield f"{count:,} × {harm}"
    if not findings:
        yield "nothing found"
    traces = sum(each.traces for each in judged)
    compiles = sum(each.compiles for each in judged)
    eager = sum(each.eager_compiles for each in judged)
    yield f"{traces:,} trace{'' if traces == 1 else 's'}"
    yield f"{compiles:,} compile{'' if compiles == 1 else 's'}"
    if eager:
        yield f"{eager:,} of single operations"
    seconds = sum(each.compile_seconds for each in judged)
    if seconds:
        yield f"compiling took {quantity(seconds, 's')}"


def _table(judged: Sequence[Judged]) -> Table:
    """Cell by cell."""
    return Table(
        title="By cell",
        columns=("cell", "findings", "traces", "compiles", "eager", "compiling", "ran"),
        rows=tuple(
            (
                *(each.title, len(each.findings), each.traces, each.compiles),
                *(each.eager_compiles, each.compile_seconds, each.seconds),
            )
            for each in judged
        ),
        units=("", "", "", "", "", "s", "s"),
    )
