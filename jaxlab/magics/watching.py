"""Cells that are watched for what transforms hide: by `%%jaxeffects`, and by `%jaxwatch on`."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import jaxlab
from jaxlab import _jax
from jaxlab.api import recorded_program
from jaxlab.capture.cells import cells_of
from jaxlab.capture.record import Recorder
from jaxlab.display import Display
from jaxlab.effects.report import effects_report, effects_tab
from jaxlab.effects.session import Judged, Session
from jaxlab.effects.watch import Watch
from jaxlab.errors import cut
from jaxlab.finding import worst_first
from jaxlab.graph import Graph
from jaxlab.magics.effects_options import EffectsOptions
from jaxlab.magics.showing import publish_text, show
from jaxlab.program import Program
from jaxlab.renderers.escape import visible


@dataclass
class Notebook:
    """What is known of a notebook: its session, and whether all its cells are watched."""

    session: Session = field(default_factory=Session)
    watching: bool = False

    def report(self) -> Display:
        """All that was found so far, with a table of the cells."""
        judged = self.session.judged
        title = f"{len(judged):,} watched cell{'' if len(judged) == 1 else 's'}"
        return Display(effects_report(judged, title, tuple(self.session.sources.values())))


class CellWatch:
    """The watch of one cell, and what was recorded with it, if anything was."""

    def __init__(self, shell: Any, notebook: Notebook) -> None:
        self._shell, self._notebook = shell, notebook
        self._watch = Watch(notebook.session.history)

    def abandon(self) -> None:
        """Take the hooks back. Safe to repeat."""
        self._watch.abandon()

    def judge(self, title: str, program: Program | None = None) -> Judged:
        """Look for every hazard in what the cell did; the program learns what was found."""
        shell = self._shell
        seen = self._watch.stop(shell.user_ns, cells_of(shell), _graph_of(program))
        judged = self._notebook.session.judge(seen, title)
        if program is not None:
            program.findings.extend(judged.findings)
        return judged


class EffectsCell:
    """A cell under `%%jaxeffects`."""

    def __init__(self, shell: Any, options: EffectsOptions, notebook: Notebook) -> None:
        """Begin to watch and to record."""
        self._shell, self._options = shell, options
        self._watch = CellWatch(shell, notebook)
        try:
            self._recorder = Recorder(shell.user_ns)
        except BaseException:
            self._watch.abandon()
            raise

    def abandon(self) -> None:
        """Stop, and show nothing."""
        self._watch.abandon()
        self._recorder.stop()

    def clean_errors(self, error: Any) -> None:
        """Take our frames out of an error that the cell raised."""
        self._recorder.clean_errors(error)

    def end(self, result: Any) -> None:
        """Stop, and show what was found."""
        self._watch.abandon()
        recording = self._recorder.stop(self._shell.user_ns)
        title = _title(self._shell, result)
        program = recorded_program(recording, title, cells_of(self._shell))
        judged = self._watch.judge(title, program if recording.items else None)
        jaxlab.last = program
        options = self._options
        show(
            self._shell,
            lambda: _display(judged, program if recording.items else None, self._shell),
            save=options.save,
            quiet=options.quiet,
        )


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
        judged = self._watch.judge(_title(self._shell, result))
        if judged.findings:
            publish_text(self._shell, one_line(judged))


def one_line(judged: Judged) -> str:
    """The worst that was found in a cell, and how much more there is."""
    first, *rest = worst_first(judged.findings)
    place = f" (line {first.frame.line})" if first.frame is not None else ""
    more = f" · {len(rest):,} more" if rest else ""
    headline = visible(first.headline, 300)
    return f"jaxlab: {first.harm}: {headline}{place}{more} · `%jaxwatch report`"


def _display(judged: Judged, program: Program | None, shell: Any) -> Display:
    tab = effects_tab([judged])
    if program is None:
        sources = tuple(cells_of(shell).values())
        named = {frame.file for each in judged.findings for frame in each.frames}
        kept = [source for source in sources if source.file in named]
        return Display(effects_report([judged], judged.title, kept))
    return Display(
        replace(program.report(), tabs=(tab,)),
        make_whole=lambda: replace(program.whole_report(), tabs=(tab,)),
    )


def _graph_of(program: Program | None) -> Graph | None:
    """What was recorded; None where nothing was, or where it can't be shown."""
    if program is None:
        return None
    try:
        return program.jaxpr
    except Exception:  # the report says why, when it is shown
        return None


def _title(shell: Any, result: Any) -> str:
    return cut(f"cell [{result.execution_count or shell.execution_count}]", 40)
