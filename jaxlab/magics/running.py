"""A cell that runs as it is while we listen: what begins before it, and what is shown after it."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import jaxlab
from jaxlab.api import recorded_program
from jaxlab.capture.cells import cells_of
from jaxlab.capture.record import Recorder, Recording
from jaxlab.cell_profile import CellProfile
from jaxlab.magics.hints import nothing_ran
from jaxlab.magics.jaxtrace import show_program
from jaxlab.magics.options import Options
from jaxlab.magics.profile_options import ProfileOptions
from jaxlab.magics.showing import publish_text, show
from jaxlab.magics.watching import CellWatch, Notebook
from jaxlab.profiling.cell.run import CellRun
from jaxlab.program import Program


class TracedCell:
    """A cell under `%%jaxtrace`."""

    def __init__(self, shell: Any, options: Options, notebook: Notebook) -> None:
        """Begin to record and to watch."""
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
        """Stop, and show what was recorded, and what transforms hide in it."""
        self._watch.abandon()
        recording = self._recorder.stop(self._shell.user_ns)
        program = _program(self._shell, result, recording)
        self._watch.judge(program.name, program if recording.items else None)
        jaxlab.last = program
        hint = "" if recording.items else nothing_ran(result.info.raw_cell)
        show_program(self._shell, program, self._options, hint)


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
    count = result.execution_count or shell.execution_count
    return recorded_program(recording, f"cell [{count}]", cells_of(shell))
