"""What an MLIR location says: name stacks become Origins, call sites become frames."""

from __future__ import annotations

from typing import cast

from jaxlib.mlir import ir

from jaxlab._jax import is_user_file
from jaxlab.origin import NOWHERE, Frame, FrameStack, Origin
from jaxlab.readers.names import split_name_stack


def name_of(location: ir.Location) -> str:
    """The outermost name in a location: an argument's name, or an operation's name stack.

    A name that ends in `:` is a kind of operation (`jit:`), and the name inside it is meant.
    """
    while True:
        if isinstance(location, ir.NameLoc):
            if not location.name_str.endswith(":"):
                return location.name_str
            location = location.child_loc
        elif isinstance(location, ir.FusedLoc):
            names = (name_of(part) for part in _parts(location))
            return next((name for name in names if name), "")
        else:
            return ""


def _parts(location: ir.FusedLoc) -> list[ir.Location]:
    return cast(list[ir.Location], location.locations)


def read_origin(location: ir.Location) -> Origin:
    """The scopes, transforms and tags of a location; its frames are read when asked for."""
    if isinstance(location, ir.UnknownLoc):
        return NOWHERE
    split = split_name_stack(name_of(location))
    stack = FrameStack(lambda: read_frames(location))
    return Origin(split.scopes, split.transforms, stack, split.tags)


def read_frames(location: ir.Location) -> tuple[Frame, ...]:
    """The user's frames, innermost first; of a fused location, those of the first part.

    The outermost names are the operation's; a name further in is that of a frame's function.
    """
    while isinstance(location, ir.NameLoc):
        outer, location = location.name_str, location.child_loc
        if not outer.endswith(":"):
            break
    frames: list[Frame] = []
    pending: list[tuple[ir.Location, str]] = [(location, "")]
    while pending:
        current, name = pending.pop()
        if isinstance(current, ir.CallSiteLoc):
            pending.append((current.caller, ""))
            pending.append((current.callee, ""))
        elif isinstance(current, ir.NameLoc):
            pending.append((current.child_loc, current.name_str))
        elif isinstance(current, ir.FusedLoc):
            pending.extend((part, "") for part in _parts(current)[:1])
        elif isinstance(current, ir.FileLineColLoc) and is_user_file(current.filename):
            frames.append(_frame(current, name))
    return tuple(frames)


def _frame(location: ir.FileLineColLoc, name: str) -> Frame:
    # JAX writes columns that count from 0, and an end column that is past the last character.
    line, column = location.start_line, location.start_col
    end_line, end_column = location.end_line, location.end_col
    spans = (end_line, end_column) != (line, column)
    return Frame(
        location.filename,
        line,
        name,
        column + 1,
        end_line if spans else 0,
        end_column + 1 if spans else 0,
    )
