"""A cell that runs as it is while we listen: what begins before it, and what is shown after it."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jaxlab
from jaxlab.api import recorded_program
from jaxlab.capture.cells import cells_of
from jaxlab.capture.record import Recorder, Recording
from jaxlab.cell_profile import CellProfile
from jaxlab.display import Display
from jaxlab.effects.checks import Checks
from jaxlab.effects.report import effects_report, effects_tab
from jaxlab.effects.session import Judged
from jaxlab.magics.effects_options import EffectsOptions
from jaxlab.magics.hints import nothing_ran
from jaxlab.magics.jaxtrace import show_program
from jaxlab.magics.options import Options
from jaxlab.magics.profile_options import ProfileOptions
from jaxlab.magics.showing import publish_text, show
from jaxlab.magics.watching import CellWatch, Notebook, graph_of, title_of
from jaxlab.profiling.cell.run import CellRun
from jaxlab.program import Program

Tell = Callable[[Any, Program, Judged], None]
"""Shows a cell's result, as IPython gives it, with what was recorded and what was found."""


class RecordedCell:
    """A cell that is recorded and watched: under `%%jaxtrace` and under `%%jaxeffects`."""

    def __init__(
        self, shell: Any, notebook: Notebook, tell: Tell, checks: Checks | None = None
    ) -> None:
        """Begin to record and to watch.

        Args:
          shell: the user's.
          notebook: what is known of earlier cells.
          tell: shows what was found, when the cell has ended.
          checks: looks at the values of each call, where that is asked for.
        """
        self._shell, self._tell, self._checks = shell, tell, checks
        self._watch = CellWatch(shell, notebook)
        try:
            self._recorder = Recorder(shell.user_ns, checks=checks)
        except BaseException:  # an interrupt too: no hook may stay behind
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
        """Stop, and show what was recorded, or what transforms hide in it."""
        self._watch.abandon()
        recording = self._recorder.stop(self._shell.user_ns)
        program = _program(self._shell, result, recording)
        shown = program if recording.items else None
        judged = self._watch.judge(program.name, result.error_in_exec, shown, self._checks)
        self._add_values(program, recording)
        jaxlab.last = program
        self._tell(result, program, judged)

    def _add_values(self, program: Program, recording: Recording) -> None:
        """Give the program what its values were, where that was asked for."""
        ranges = self._checks.ranges if self._checks is not None else None
        graph = graph_of(program) if recording.items and ranges is not None else None
        if graph is not None and ranges is not None:
            program.values.extend(ranges.overlays(recording.items, graph))


def traced_cell(shell: Any, options: Options, notebook: Notebook) -> RecordedCell:
    """A cell under `%%jaxtrace`, from now on."""

    def tell(result: Any, program: Program, judged: Judged) -> None:
        hint = "" if _ran(program) else nothing_ran(result.info.raw_cell)
        show_program(shell, program, options, hint)

    return RecordedCell(shell, notebook, tell)


def effects_cell(shell: Any, options: EffectsOptions, notebook: Notebook) -> RecordedCell:
    """A cell under `%%jaxeffects`, from now on."""

    def tell(result: Any, program: Program, judged: Judged) -> None:
        show(
            shell,
            lambda: _effects_of(program, judged, shell),
            save=options.save,
            quiet=options.quiet,
        )

    checks = Checks(options.checks) if options.checks else None
    return RecordedCell(shell, notebook, tell, checks)


class ProfiledCell:
    """A cell under `%%jaxprofile`."""

    def __init__(self, shell: Any, options: ProfileOptions) -> None:
        """Begin to measure."""
        self._shell, self._options = shell, options
        self._run = CellRun(shell.user_ns)

    def abandon(self) -> None:
        """Stop, and show nothing."""
        self._run.abandon()

    def clean_errors(self, error: Any) -> None:
        """Take our frames out of an error that the cell raised."""
        self._run.recorder.clean_errors(error)

    def end(self, result: Any) -> None:
        """Stop, and show what was measured; of a cell that failed, what was until then."""
        failed = isinstance(result.error_in_exec, KeyboardInterrupt)
        measured = self._run.stop(self._shell.user_ns, wait=not failed)
        program = _program(self._shell, result, measured.recording)
        profile = CellProfile(program, measured)
        jaxlab.last, jaxlab.last_profile = program, profile
        options = self._options
        if not measured.recording.items:
            publish_text(self._shell, nothing_ran(result.info.raw_cell))
            return
        show(
            self._shell,
            lambda: profile.show(options.depth),
            save=options.save,
            quiet=options.quiet,
            write=lambda file: profile.save(file, options.depth),
        )


def _program(shell: Any, result: Any, recording: Recording) -> Program:
    return recorded_program(recording, title_of(shell, result), cells_of(shell))


def _ran(program: Program) -> bool:
    """Whether the cell ran any operation of JAX's."""
    return program.recording is not None and bool(program.recording.items)


def _effects_of(program: Program, judged: Judged, shell: Any) -> Display:
    """The program with what it hides; where JAX ran nothing, only what was found."""
    if not _ran(program):
        named = {frame.file for each in judged.findings for frame in each.frames}
        sources = [source for source in cells_of(shell).values() if source.file in named]
        return Display(effects_report([judged], judged.title, sources))
    tabs = (effects_tab([judged]),)
    return Display(
        replace(program.report(), tabs=tabs),
        make_whole=lambda: replace(program.whole_report(), tabs=tabs),
    )
