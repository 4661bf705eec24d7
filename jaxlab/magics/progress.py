"""A bar for what takes longer than a second, in a notebook or a terminal."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from rich.progress import Progress as RichProgress

from jaxlab.profiling.clock import SYSTEM, Clock, Progress

_PATIENCE = 1.0
"""Seconds after which a bar appears."""


@contextmanager
def progress_bar(shell: Any, clock: Clock = SYSTEM) -> Generator[Progress]:
    """What measurements tell their progress to; the bar is gone when the block has ended."""
    bar: _Bar | None = None
    start = clock()

    def tell(stage: str, done: float) -> None:
        nonlocal bar
        if bar is None:
            if clock() - start < _PATIENCE:
                return
            bar = _WidgetBar() if hasattr(shell, "kernel") else _TerminalBar()
        bar.show(stage, done)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()


class _TerminalBar:
    def __init__(self) -> None:
        self._progress = RichProgress(transient=True)
        self._task = self._progress.add_task("", total=1.0)
        self._progress.start()

    def show(self, stage: str, done: float) -> None:
        self._progress.update(self._task, description=stage, completed=done)

    def close(self) -> None:
        self._progress.stop()


class _WidgetBar:
    def __init__(self) -> None:
        from IPython.display import display  # noqa: PLC0415 - a terminal needs neither
        from ipywidgets import FloatProgress  # noqa: PLC0415

        self._widget: Any = FloatProgress(min=0.0, max=1.0, description="jaxlab")
        display(self._widget)

    def show(self, stage: str, done: float) -> None:
        self._widget.description, self._widget.value = stage, done

    def close(self) -> None:
        self._widget.close()


_Bar = _TerminalBar | _WidgetBar
