"""The hazards' programs: cells in files, with the lines that are to be found marked in them.

A file is named as its hazard. `# %% fires: title` begins a program in which the hazard is there,
`# %% clean: title` its sibling without it; `# %% then` begins a later cell of the same program. On
a line that is to be found stands `#!`, with a word that the headline has to say. After the title
may stand what the program needs, in brackets: `[option: nan]`, `[raises: ValueError]`,
`[python: 3.12]`, `[allows: captured-constant]`, `[devices]`.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax

from jaxlab.capture.record import Recorder
from jaxlab.effects.checks import Checks
from jaxlab.effects.hazards import HAZARDS, findings_of
from jaxlab.effects.seen import History
from jaxlab.effects.watch import Watch
from jaxlab.finding import Finding
from jaxlab.origin import Source

CASES = Path(__file__).parent / "cases"

_HEAD = re.compile(r"# %% (fires|clean): ([^\[]*?)\s*((?:\[[^\]]*\]\s*)*)$")
_NEED = re.compile(r"\[(\w+)(?::\s*([^\]]*))?\]")


@dataclass(frozen=True)
class Program:
    """One program of a hazard's file."""

    hazard: str
    title: str
    fires: bool
    needs: Mapping[str, str]
    cells: tuple[str, ...]

    @property
    def id(self) -> str:
        """The test's name."""
        return f"{self.hazard}: {self.title}"

    def why_not(self) -> str:
        """Why it can't run here; "" where it can."""
        wanted = self.needs.get("python", "")
        if wanted and sys.version_info < tuple(map(int, wanted.split("."))):
            return f"needs Python {wanted}"
        return ""


@dataclass
class Outcome:
    """What was found, cell by cell, as (cell's file, findings)."""

    program: Program
    found: list[tuple[str, Finding]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def marked(self) -> Iterator[tuple[str, int, str]]:
        """The lines that are to be found: file, line, a word of the headline."""
        for place, cell in enumerate(self.program.cells):
            for number, line in enumerate(cell.splitlines(), 1):
                _, mark, word = line.partition("#!")
                if mark:
                    yield file_of(self.program, place), number, word.strip()

    def missing(self) -> list[str]:
        """The marked lines about which nothing was found."""
        own = [each for _, each in self.found if each.hazard == self.program.hazard]
        return [
            f"line {line} of {file}: {word!r}"
            for file, line, word in self.marked()
            if not any(
                word in each.headline and any((f.file, f.line) == (file, line) for f in each.frames)
                for each in own
            )
        ]

    def unwanted(self) -> list[Finding]:
        """What was found and should not have been."""
        allowed = {*self.program.needs.get("allows", "").replace(",", " ").split()}
        if self.program.fires:
            return []
        return [each for _, each in self.found if each.hazard not in allowed]


def file_of(program: Program, place: int) -> str:
    """The file name that a cell's frames carry."""
    return f"<{program.hazard} {program.title} {place}>"


def programs() -> tuple[Program, ...]:
    """All programs of all hazards."""
    return tuple(each for file in sorted(CASES.glob("*.py")) for each in _programs_of(file))


def _programs_of(file: Path) -> Iterator[Program]:
    head: re.Match[str] | None = None
    cells: list[list[str]] = []
    for line in [*file.read_text().splitlines(), "# %% clean: end"]:
        if found := _HEAD.match(line):
            if head is not None:
                needs = dict(_NEED.findall(head[3]))
                texts = tuple("\n".join(cell).rstrip() + "\n" for cell in cells)
                yield Program(file.stem, head[2], head[1] == "fires", needs, texts)
            head, cells = found, [[]]
        elif line.startswith("# %% then"):
            cells.append([])
        elif line.startswith("# %%"):
            raise AssertionError(f"{file.name}: {line!r}")
        elif cells:
            cells[-1].append(line)


def run(program: Program) -> Outcome:
    """Run a program's cells, each watched, as a notebook would."""
    jax.clear_caches()
    outcome = Outcome(program)
    history = History()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells: dict[str, Source] = {}
    options = frozenset(program.needs.get("option", "").replace(",", " ").split())
    hazards = [each for each in HAZARDS if not each.option or each.option in options]
    for place, text in enumerate(program.cells):
        file = file_of(program, place)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        cells[file] = Source(file, text, f"cell [{place + 1}]")
        code = compile(text, file, "exec")
        with _quiet():
            watch, failed_by = Watch(history), None
            checks = Checks(options) if options else None
            recorder = Recorder(namespace, checks=checks) if checks is not None else None
            try:
                exec(code, namespace)
            except Exception as error:
                failed_by = error
                if type(error).__name__ != program.needs.get("raises"):
                    raise
            finally:
                watch.abandon()
                if recorder is not None:
                    recorder.stop()
                checked = checks.end() if checks is not None else None
                seen = watch.stop(namespace, cells, error=failed_by, checked=checked)
        found, failed = findings_of(seen, hazards)
        history.keep(seen)
        outcome.notes += [*seen.notes, *failed]
        outcome.found += [(file, each) for each in found]
    return outcome


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
