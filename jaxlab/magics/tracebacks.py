"""The user's own traceback: our frames, and those that lead to them, are taken out."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import jaxlab
from jaxlab.errors import chain_of

_PACKAGE = str(Path(jaxlab.__file__).parent)


def clean(error: BaseException) -> None:
    """Drop, from an error and those it came from, everything between the first frame and the cell.

    The first frame is IPython's own, which it leaves out itself. What follows the last of our
    frames is the user's.
    """
    for current in chain_of(error):
        frames = list(_frames(current.__traceback__))
        ours = [index for index, frame in enumerate(frames) if _is_ours(frame)]
        if ours and current.__traceback__ is not None:
            after = frames[ours[-1] + 1] if ours[-1] + 1 < len(frames) else None
            if ours[0] == 0:
                current.__traceback__ = after
            else:
                frames[0].tb_next = after


def _frames(traceback: TracebackType | None) -> list[TracebackType]:
    found: list[TracebackType] = []
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def _is_ours(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(_PACKAGE)
