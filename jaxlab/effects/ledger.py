"""The ledger: what was traced, compiled and called, function by function and cell by cell."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from jaxlab.effects.reasons import Program, programs_by_function
from jaxlab.effects.seen import Compile, Seen
from jaxlab.errors import InputError, cut
from jaxlab.origin import Frame
from jaxlab.report import Table

_FEW = 3
"""Reasons that are listed for a function of a cell, the commonest first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one function in one cell or block.

    Attributes:
      cell: which: "cell [3]".
      function: its name; of one of JAX's own, an operation outside of any jitted function.
      own: whether it is no library's.
      traces: how often it was traced, without those inside other traces.
      trace_seconds: what that took, with all that was traced inside.
      compiles: how often XLA compiled it.
      loads: how often it was loaded from the persistent cache instead.
      compile_seconds: what lowering, compiling and loading took.
      calls: how often your code called it, if it is jitted, outside of traces; None where that
        can't be seen (Python 3.11, or monitoring taken by another tool).
      argument_bytes: the size of all its arguments, in the last program compiled.
      reasons: why it was compiled again, once for each time.
      defined: where it stands; None where not known.
    """

    cell: str
    function: str
    own: bool
    traces: int = 0
    trace_seconds: float = 0.0
    compiles: int = 0
    loads: int = 0
    compile_seconds: float = 0.0
    calls: int | None = None
    argument_bytes: int = 0
    reasons: tuple[str, ...] = ()
    defined: Frame | None = None

    @property
    def hits(self) -> int | None:
        """Calls that found their program ready; None where calls can't be seen."""
        return None if self.calls is None else max(self.calls - self.compiles - self.loads, 0)


COLUMNS = (*(e.name for e in fields(Entry) if e.name not in ("reasons", "defined")), "hits")
"""What a ledger can be sorted by."""


@dataclass(frozen=True)
class Ledger:
    """The entries of all cells or blocks, in order. A sequence, to be sorted and written."""

    entries: tuple[Entry, ...] = field(default=())

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, place: int) -> Entry:
        return self.entries[place]

    def of(self, function: str) -> Ledger:
        """The entries of one function, by its name."""
        return Ledger(tuple(each for each in self.entries if each.function == function))

    def sorted(self, by: str = "compile_seconds") -> Ledger:
        """The entries in another order: the largest first, texts from A to Z.

        Raises:
          InputError: there is no such column.
        """
        if by not in COLUMNS:
            listed = ", ".join(COLUMNS)
            raise InputError(f"A ledger has no column `{cut(by, 40)}`. It has {listed}.")
        texts = by in ("cell", "function")
        return Ledger(
            tuple(
                sorted(
                    self.entries,
                    key=lambda entry: _sortable(getattr(entry, by)),
                    reverse=not texts,
                )
            )
        )

    def rows(self) -> list[dict[str, Any]]:
        """An entry each as plain values: for pandas, or for JSON."""
        return [
            {**asdict(each), "hits": each.hits, "defined": str(each.defined or "")}
            for each in self.entries
        ]

    def save(self, path: str | Path) -> Path:
        """Write the ledger as `.csv` or `.json`.

        Raises:
          InputError: another suffix.
        """
        target = Path(path)
        if target.suffix == ".json":
            target.write_text(json.dumps(self.rows(), indent=1), encoding="utf-8")
        elif target.suffix == ".csv":
            target.write_text(_csv(self), encoding="utf-8")
        else:
            raise InputError(f"A ledger is written as .csv or .json; got {cut(target.name, 60)!r}.")
        return target

    def tables(self) -> tuple[Table, ...]:
        """The ledger as a report shows it, and why functions were compiled again."""
        if not self.entries:
            return ()
        again = [each for each in self.entries if each.reasons]
        return (self._table(), _reasons_table(again)) if again else (self._table(),)

    def _table(self) -> Table:
        loaded = any(each.loads for each in self.entries)
        seen = any(each.calls is not None for each in self.entries)
        columns = {
            "cell": "cell",
            "function": "function",
            "traces": "traces",
            "compiles": "compiles",
            **({"loads": "loaded"} if loaded else {}),
            **({"calls": "calls", "hits": "hits"} if seen else {}),
            "trace_seconds": "tracing",
            "compile_seconds": "compiling",
            "argument_bytes": "arguments",
        }
        units = {"trace_seconds": "s", "compile_seconds": "s", "argument_bytes": "B"}
        return Table(
            title="Ledger",
            columns=tuple(columns.values()),
            rows=tuple(
                tuple("" if (cell := getattr(each, name)) is None else cell for name in columns)
                for each in self.entries
            ),
            units=tuple(units.get(name, "") for name in columns),
            frames=tuple(each.defined for each in self.entries),
        )


def _reasons_table(entries: Sequence[Entry]) -> Table:
    rows = [
        (each.cell, each.function, count, reason, each.defined)
        for each in entries
        for reason, count in Counter(each.reasons).most_common(_FEW)
    ]
    return Table(
        title="Compiled again because",
        columns=("cell", "function", "times", "reason"),
        rows=tuple(row[:-1] for row in rows),
        frames=tuple(row[-1] for row in rows),
    )


def ledger_of(seen: Seen, cell: str) -> Ledger:
    """The entries of one stretch of what was seen, the user's own functions first.

    Args:
      seen: what was seen, before its traces are forgotten.
      cell: what the stretch is called.
    """
    entries: dict[tuple[str, bool], Entry] = {}

    def entry(name: str, *, own: bool) -> Entry:
        return entries.setdefault((name, own), Entry(cell, name, own))

    for trace in seen.outermost:
        known = entry(trace.name, own=True)
        entries[trace.name, True] = replace(
            known,
            traces=known.traces + 1,
            trace_seconds=known.trace_seconds + trace.seconds,
            defined=known.defined or trace.defined,
        )
    for trace in seen.eager:
        known = entry(trace.name, own=False)
        seconds = known.trace_seconds + trace.seconds
        entries[trace.name, False] = replace(
            known, traces=known.traces + 1, trace_seconds=seconds, defined=known.defined
        )
    own = {name for name, is_own in entries if is_own}
    for compiled in seen.compiles:
        name = function_of(compiled)
        is_own = is_own_compile(compiled, own)
        entries[name, is_own] = _with_compile(entry(name, own=is_own), compiled)
    for (name, _), count in (seen.call_counts or {}).items():
        known = entry(name, own=True)
        entries[name, True] = replace(known, calls=(known.calls or 0) + count)
    for name, reasons in _reasons_by_function(seen):
        entries[name, True] = replace(entry(name, own=True), reasons=reasons)
    if seen.call_counts is not None:
        entries = {
            key: replace(each, calls=each.calls or 0) if each.own else each
            for key, each in entries.items()
        }
    return Ledger(tuple(sorted(entries.values(), key=lambda each: not each.own)))


def function_of(compiled: Compile) -> str:
    """The name of the function that was compiled, without what JAX puts round it."""
    if compiled.call is not None:
        return compiled.call.function.name
    return compiled.name.removeprefix("jit(").removesuffix(")")


def is_own_compile(compiled: Compile, traced: set[str]) -> bool:
    """Whether a compile is of a function of the user's own.

    Args:
      compiled: it.
      traced: the names of the user's own functions that were traced.
    """
    if compiled.call is not None:
        return compiled.call.function.is_own
    return function_of(compiled) in traced


def _with_compile(entry: Entry, compiled: Compile) -> Entry:
    call = compiled.call
    size = sum(each.size for each in call.arguments) if call is not None else 0
    return replace(
        entry,
        compiles=entry.compiles + (not compiled.loaded),
        loads=entry.loads + compiled.loaded,
        compile_seconds=entry.compile_seconds + compiled.seconds,
        argument_bytes=size or entry.argument_bytes,
    )


def _reasons_by_function(seen: Seen) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    texts = {
        compiled.call.function.text
        for compiled in seen.history.compiles
        if compiled.call is not None
    }
    for programs in programs_by_function(seen):
        for program in programs:
            function = program.call.function
            reason = _reason(program, known=function.text in texts)
            texts.add(function.text)
            if program.is_new and reason:
                found.setdefault(function.name, []).append(reason)
    for name, reasons in found.items():
        yield name, tuple(reasons)


def _reason(program: Program, *, known: bool) -> str:
    """Why a function was compiled again; "" for the first time."""
    if program.is_first:
        return "a new function object of the same text" if known else ""
    return "; ".join(map(str, program.changes)) or "for no reason that is known"


def _sortable(value: Any) -> Any:
    return -1 if value is None else value


def _csv(ledger: Ledger) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, [*COLUMNS, "reasons", "defined"], lineterminator="\n")
    writer.writeheader()
    for row in ledger.rows():
        writer.writerow({**row, "reasons": " | ".join(row["reasons"])})
    return written.getvalue()
