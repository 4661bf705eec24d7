"""What an MLIR location says: name stacks become Origins, call sites become frames."""

from __future__ import annotations

from typing import Any

from jaxlib.mlir import ir

from jaxlab._jax import is_user_file, location_kind
from jaxlab.origin import NOWHERE, Frame, FrameStack, Origin
from jaxlab.readers.names import split_name_stack


def name_of(location: ir.Location) -> str:
    """The outermost name in a location: an argument's name, or an operation's name stack.

    A name that ends in `:` is a kind of operation (`jit:`), and the name inside it is meant.
    """
    inner: Any = location
    while True:
        kind = location_kind(inner)
        if kind == "name":
            if not inner.name_str.endswith(":"):
                return str(inner.name_str)
            inner = inner.child_loc
        elif kind == "fused":
            names = (name_of(part) for part in inner.locations)
            return next((name for name in names if name), "")
        else:
            return ""


def read_origin(location: ir.Location, stacks: dict[ir.Attribute, FrameStack]) -> Origin:
    """The scopes, transforms and tags of a location; its frames are read when asked for.

    Args:
      location: an operation's.
      stacks: by a location without its operation's names; many operations share one.
    """
    if not location_kind(location):
        return NOWHERE
    split = split_name_stack(name_of(location))
    place = _without_names(location)
    stack = stacks.get(place.attr)
    if stack is None:
        stack = stacks[place.attr] = FrameStack(lambda: _read_frames(place))
    return Origin(split.scopes, split.transforms, stack, split.tags)


def _without_names(location: ir.Location) -> ir.Location:
    """The outermost names are the operation's; a name further in is that of a frame's function."""
    inner: Any = location
    while location_kind(inner) == "name":
        outer, inner = inner.name_str, inner.child_loc
        if not outer.endswith(":"):
            break
    return inner


def _read_frames(location: ir.Location) -> tuple[Frame, ...]:
    """The user's frames, innermost first; of a fused location, those of the first part."""
    frames: list[Frame] = []
    pending: list[tuple[Any, str]] = [(location, "")]
    while pending:
        current, name = pending.pop()
        kind = location_kind(current)
        if kind == "call site":
            pending.append((current.caller, ""))
            pending.append((current.callee, ""))
        elif kind == "name":
            pending.append((current.child_loc, current.name_str))
        elif kind == "fused":
            pending.extend((part, "") for part in current.locations[:1])
        elif kind == "file" and is_user_file(current.filename):
            frames.append(_frame(current, name))
    return tuple(frames)


def _frame(location: Any, name: str) -> Frame:
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
