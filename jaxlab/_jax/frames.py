"""Names of functions, and the lines of the user's that run or that JAX remembers."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import jax
import jaxlib
from jax._src import (
    source_info_util,
    traceback_util,
)

from jaxlab.origin import Frame

VERSION: tuple[int, ...] = jax.__version_info__

# JAX takes our frames for its own: it leaves them out of the tracebacks that it filters, of the
# locations that it writes into modules, and of its messages.
_PACKAGE = str(Path(__file__).parent.parent) + os.sep

traceback_util.register_exclusion(_PACKAGE)

source_info_util.register_exclusion(_PACKAGE)

# What starts or carries the user's code, and is not part of it. Libraries that the user chose
# (Flax, Optax) are kept: the line inside them is often the one that is looked for.
_HOSTS = (
    *("IPython", "ipykernel", "ipykernel_launcher", "ipywidgets", "traitlets", "tornado", "zmq"),
    *("debugpy", "nbclient"),
    *("_pytest", "pluggy", "xdist", "execnet", "google/colab"),
)

_HOST_FILE = re.compile(
    rf"[/\\](?:site|dist)-packages[/\\](?:{'|'.join(_HOSTS)})[/\\.]".replace("e/c", r"e[/\\]c")
)

_PACKAGE_FILE = re.compile(r"[/\\](?:site|dist)-packages[/\\]")

_HIDDEN_FOLDERS = (
    *(str(Path(str(file)).parent) + os.sep for file in (jax.__file__, jaxlib.__file__)),
    _PACKAGE,
)
_STANDARD_LIBRARY = tuple(
    {sysconfig.get_path("stdlib") + os.sep, str(Path(contextlib.__file__).parent) + os.sep}
)


@functools.lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """True for a file of the user or of a library, not of JAX, IPython, jaxlab or Python itself.

    Cells count as the user's: `/tmp/ipykernel_123/456.py`, `<ipython-input-1-...>`.
    """
    if filename.startswith(("<frozen ", *_HIDDEN_FOLDERS)) or _HOST_FILE.search(filename):
        return False
    # site-packages lies inside the standard library's folder where there is no environment.
    return not filename.startswith(_STANDARD_LIBRARY) or bool(_PACKAGE_FILE.search(filename))


@functools.lru_cache(maxsize=4096)
def is_own_file(filename: str) -> bool:
    """True for the user's own files and cells; False also for libraries that were installed."""
    return is_user_file(filename) and not _PACKAGE_FILE.search(filename)


def frames_of_code(places: Iterable[tuple[CodeType, int]]) -> tuple[Frame, ...]:
    """The user's frames among (code, offset of the last instruction), in the order given."""
    return tuple(_frame(code, offset) for code, offset in places if is_user_file(code.co_filename))


def frames_of_python(frame: FrameType | None) -> tuple[Frame, ...]:
    """The user's frames from a running Python frame (`sys._getframe()`) outwards."""
    places: list[tuple[CodeType, int]] = []
    while frame is not None:
        places.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return frames_of_code(places)


def user_frames(traceback: Any) -> tuple[Frame, ...]:
    """The user's frames of a traceback that JAX keeps with an equation, innermost first."""
    if traceback is None:
        return ()
    codes, offsets = traceback.raw_frames()
    return frames_of_code(zip(codes, offsets, strict=True))


def _frame(code: CodeType, offset: int) -> Frame:
    location = source_info_util.Traceback.code_addr2location(code, offset)
    line, column, end_line, end_column = location
    # Python counts columns from 0 (in UTF-8 bytes), and says -1 for unknown.
    return Frame(
        file=code.co_filename,
        line=max(line, 0),
        function=code.co_qualname,
        column=column + 1,
        end_line=max(end_line, 0),
        end_column=end_column + 1,
    )


def user_place(skip: int) -> tuple[CodeType, int] | None:
    """The innermost line of the user's that runs now, as (code, instruction); None if none does."""
    frame: FrameType | None = sys._getframe(skip + 1)
    while frame is not None:
        code = frame.f_code
        if _is_user_code(code):
            return code, frame.f_lasti
        frame = frame.f_back
    return None


@functools.lru_cache(maxsize=16384)
def _is_user_code(code: CodeType) -> bool:
    return is_user_file(code.co_filename)


def function_name(function: Any) -> str:
    """What a person calls a function: its name, or that of the function inside a partial."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", None) or type(function).__name__)
