"""Cells that are watched for what transforms hide: what a notebook keeps of them."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jaxlab import _jax
from jaxlab.capture.cells import cells_of
from jaxlab.display import Display
from jaxlab.effects.checks import Checks
from jaxlab.effects.report import effects_report
from jaxlab.effects.session import Judged, Session
from jaxlab.effects.twice import Twice
from jaxlab.effects.watch import Watch
from jaxlab.finding import Finding
from jaxlab.graph import Graph
from jaxlab.magics.showing import publish_text
from jaxlab.program import Program
from jaxlab.renderers.escape import visible


@dataclass
class Notebook:
    """What is known of a notebook: its session, and whether all its cells are watched."""

    session: Session = field(default_factory=Session)
    watching: bool = False

    def report(self, sort: str = "") -> Display:
        """All that was found so far, with a table of the cells and the ledger.

        Args:
          sort: the column that the ledger is sorted by; "" for the order of the cells.

        Raises:
          InputError: the ledger has no such column.
        """
        judged = self.session.judged
        title = f"{len(judged):,} watched cell{'' if len(judged) == 1 else 's'}"
        sources = tuple(self.session.sources.values())
        return Display(effects_report(judged, title, sources, sort))


class CellWatch:
    """The watch of one cell, and what was recorded with it, if anything was."""

    def __init__(self, shell: Any, notebook: Notebook) -> None:
        self._shell, self._notebook = shell, notebook
        self._watch = Watch(notebook.session.history)

    def abandon(self) -> None:
        """Take the hooks back. Safe to repeat."""
        self._watch.abandon()

    def judge(
        self,
        title: str,
        error: Any,
        program: Program | None = None,
        checks: Checks | None = None,
        twice: Twice | None = None,
    ) -> Judged:
        """Look for every hazard in what the cell did.

        Args:
          title: what the cell is called.
          error: what ended it; None where it ran to its end.
          program: what was recorded of it, if anything was; it learns what was found.
          checks: what looked at its values, if that was asked for.
          twice: what a call gave with and without `jit`, if that was asked for.
        """
        shell = self._shell
        checked = None if checks is None else checks.end()
        asked = () if checks is None else checks.options
        seen = self._watch.stop(shell.user_ns, cells_of(shell), graph_of(program), error, checked)
        if twice is not None:
            seen, asked = replace(seen, twice=twice), (*asked, "twice")
        judged = self._notebook.session.judge(seen, title, asked)
        if program is not None:
            program.findings.extend(judged.findings)
        return judged


class WatchedCell:
    """A cell of a notebook that is watched: silent while all is well, else one line under it."""

    def __init__(self, shell: Any, notebook: Notebook) -> None:
        """Begin to watch."""
        self._shell = shell
        self._watch = CellWatch(shell, notebook)

    def abandon(self) -> None:
        """Stop, and show nothing."""
        self._watch.abandon()

    def clean_errors(self, error: Any) -> None:
        """Take our frames out of an error that the cell raised."""
        if isinstance(error, BaseException):
            _jax.strip_own_frames(error)

    def end(self, result: Any) -> None:
        """Stop, and say in one line what was found, if anything was."""
        self._watch.abandon()
        error = result.error_in_exec
        judged = self._watch.judge(title_of(self._shell, result), error)
        from jaxlab.effects.hazards import explained  # noqa: PLC0415 - many files

        told = explained(error) if error is not None and judged.findings else None
        findings = [each for each in judged.findings if each != told]
        if findings:
            publish_text(self._shell, one_line(findings))


def one_line(findings: Sequence[Finding]) -> str:
    """The worst that was found in a cell, and how much more there is."""
    first, *rest = findings
    place = f" (line {first.frame.line})" if first.frame is not None else ""
    more = f" · {len(rest):,} more" if rest else ""
    headline = visible(first.headline, 300)
    return f"jaxlab: {first.harm}: {headline}{place}{more} · `%jaxwatch report`"


def graph_of(program: Program | None) -> Graph | None:
    """What was recorded; None where nothing was, or where it can't be shown."""
    if program is None:
        return None
    try:
        return program.jaxpr
    except Exception:  # the report says why, when it is shown
        return None


def title_of(shell: Any, result: Any) -> str:
    """What a cell's report calls it: "cell [3]"."""
    return f"cell [{result.execution_count or shell.execution_count}]"
