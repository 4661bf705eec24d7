"""The variables that the code of a frame names, and what they are while it runs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any

from jaxlab import _jax

_MOST_MEMBERS = 8


def variables_of(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """The variables that a frame's own code names: quick, however large the namespace."""
    code, known = frame.f_code, frame.f_locals
    names = (*code.co_varnames, *code.co_cellvars) if code.co_flags & 1 else code.co_names
    for name in names:
        value = known.get(name)
        if value is not None:
            yield name, value


def still_computed(frame: FrameType) -> tuple[str, ...]:
    """The variables whose arrays the device has not computed yet."""
    return tuple(name for name, value in variables_of(frame) if _is_awaited(value))


def members(value: Any) -> Iterator[Any]:
    """A value, or the first few of what a plain container of it holds."""
    kind = type(value)
    if kind is dict:
        value = [*value.values()]
    elif kind is not tuple and kind is not list:
        yield value
        return
    yield from value[:_MOST_MEMBERS]


def _is_awaited(value: Any) -> bool:
    return any(
        _jax.is_array(each) and not each.is_deleted() and not each.is_ready()
        for each in members(value)
    )
