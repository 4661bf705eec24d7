"""A block of ours under a traceback: what the error means for the user's own code."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

from jaxlab.capture.cells import cells_of
from jaxlab.magics.showing import publish_text
from jaxlab.renderers.finding_text import NOTE, explained_text


def explain(shell: Any, error: Any) -> None:
    """Say under a traceback what the error means, where that is known; the error stays as it is."""
    if not isinstance(error, Exception) or _is_explained(error):
        return
    from jaxlab.effects.hazards import explained  # noqa: PLC0415 - many files

    try:
        finding = explained(error)
        if finding is not None:
            publish_text(shell, explained_text(finding, tuple(cells_of(shell).values())))
    except Exception as fault:  # the user's own traceback stands; ours must not hide it
        print(f"jaxlab: could not explain this error: {type(fault).__name__}: {fault}")  # noqa: T201


def _is_explained(error: Exception) -> bool:
    """Whether `jaxlab.watch` has told it already, in a note of the error's own."""
    return any(str(note).startswith(NOTE) for note in getattr(error, "__notes__", ()))
