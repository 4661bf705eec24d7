"""What the transforms in a block hide: `with jaxlab.watch() as w`, for scripts and tests."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from types import FrameType, TracebackType
from typing import Any

from jaxlab import _jax
from jaxlab.capture.cells import cells_of
from jaxlab.capture.record import Recorder
from jaxlab.display import Display
from jaxlab.effects.checks import OPTIONS, Checks
from jaxlab.effects.ledger import Ledger
from jaxlab.effects.report import effects_report
from jaxlab.effects.session import Counts, Judged, Session, counts_of
from jaxlab.effects.watch import Watch
from jaxlab.errors import InputError, StageError, cut
from jaxlab.finding import Finding
from jaxlab.origin import Source
from jaxlab.renderers.finding_text import explained_text


class Watched:
    """A `with` block that is watched; see `jaxlab.watch`.

    Attributes:
      findings: what the transforms hide, the worst first; once the block has ended.
      ledger: what was traced, compiled and called, function by function; once it has ended.
      notes: what could not be watched, a sentence each; once it has ended.
      traces: how often a function was traced until now, without those traced inside others.
      compiles: how often one of those was compiled, or loaded from the persistent cache.
      eager_compiles: how often a single operation, outside of such functions, was compiled.
    """

    def __init__(self, name: str, checks: Collection[str] = ()) -> None:
        unknown = [each for each in checks if each not in OPTIONS]
        if unknown:
            listed = ", ".join(OPTIONS)
            raise InputError(f"There is no check `{cut(str(unknown[0]), 40)}`. There are {listed}.")
        self._name = name
        self._checks = Checks(checks) if checks else None
        self._recorder: Recorder | None = None
        self._watch: Watch | None = None
        self._judged: Judged | None = None
        self._sources: Mapping[str, Source] = {}

    def __enter__(self) -> Watched:
        if self._watch is not None:
            raise InputError("This watch is under way already. Use a new `jaxlab.watch()`.")
        self._watch = Watch()
        if self._checks is not None:
            self._recorder = Recorder(checks=self._checks)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._watch is not None
        self._watch.abandon()
        if self._recorder is not None:
            self._recorder.stop()
        if error is not None:
            _jax.strip_own_frames(error)
        checked = None if self._checks is None else self._checks.end()
        names = _names_in(sys._getframe(1))
        seen = self._watch.stop(names, cells_of(), error=error, checked=checked)
        self._sources = seen.sources
        self._judged = Session(seen.history).judge(
            seen, self._name, self._checks.options if self._checks is not None else ()
        )
        if error is not None:
            self.explain(error)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._done.findings

    @property
    def sources(self) -> tuple[Source, ...]:
        """The texts that the findings' lines are in."""
        return tuple(self._sources.values())

    @property
    def ledger(self) -> Ledger:
        return self._done.ledger

    @property
    def traces(self) -> int:
        return self._counts.traces

    @property
    def compiles(self) -> int:
        return self._counts.compiles

    @property
    def eager_compiles(self) -> int:
        return self._counts.eager_compiles

    @property
    def notes(self) -> tuple[str, ...]:
        return self._done.notes

    def show(self) -> Display:
        """What was found, as something to look at."""
        return Display(effects_report([self._done], self._name, tuple(self._sources.values())))

    def __repr__(self) -> str:
        if self._judged is None:
            return f"Watched({self._name!r}), which has not ended yet"
        return self.show().text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.show()._repr_mimebundle_(include, exclude)

    def explain(self, error: BaseException) -> None:
        """Say in a note of the error's own what it means, where that is known."""
        from jaxlab.effects.hazards import explained  # noqa: PLC0415 - many files

        finding = explained(error)
        if finding is not None:
            error.add_note(explained_text(finding, tuple(self._sources.values())))

    @property
    def _counts(self) -> Judged | Counts:
        if self._watch is None:
            raise StageError("The block has not begun yet. Read this in it, or after it.")
        return self._judged or counts_of(self._watch.so_far())

    @property
    def _done(self) -> Judged:
        """StageError while the block is still running."""
        if self._judged is None:
            raise StageError("The block has not ended yet. Read this after it.")
        return self._judged


def _names_in(frame: FrameType) -> dict[str, Any]:
    """What the names mean where the block stands."""
    return {**frame.f_globals, **frame.f_locals}
