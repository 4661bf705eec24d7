"""Arrays that only the notebook keeps alive: what cells displayed, and the last error's frames."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.python_events import is_own
from jaxlab.effects.seen import Held

_MOST_FRAMES = 200
_MOST_MEMBERS = 1_000


def held_arrays(namespace: Mapping[str, Any], told: list[weakref.ref[Any]]) -> tuple[Held, ...]:
    """The arrays that no name of the user's leads to, and that the notebook holds all the same.

    Args:
      namespace: the user's.
      told: those told before, which are left out; those found are added.
    """
    named = {id(array) for array in _named(namespace)}
    named |= {id(each) for ref in told if (each := ref()) is not None}
    found: list[Held] = []
    for path, value in (*_displayed(namespace), *_in_traceback()):
        for array in _arrays(value):
            if id(array) in named or array.is_deleted():
                continue
            named.add(id(array))
            told.append(weakref.ref(array))
            kind = f"{array.dtype}[{','.join(map(str, array.shape))}]"
            found.append(Held(path, kind, int(array.nbytes)))
    return tuple(found)


def _named(namespace: Mapping[str, Any]) -> Iterator[Any]:
    """What the user's own names lead to, two steps deep."""
    for name, value in namespace.items():
        if not name.startswith("_") and name not in ("In", "Out"):
            yield from _arrays(value, deep=True)


def _displayed(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    outputs = namespace.get("Out")
    if isinstance(outputs, dict):
        for count, value in list(outputs.items()):
            yield f"Out[{count}]", value


def _in_traceback() -> Iterator[tuple[str, Any]]:
    """The variables of the user's functions that the last error went through."""
    error = getattr(sys, "last_value", None)
    traceback: TracebackType | None = getattr(error, "__traceback__", None)
    for _ in range(_MOST_FRAMES):
        if traceback is None:
            return
        code = traceback.tb_frame.f_code
        if is_own(code) and code.co_name != "<module>":
            for name, value in list(traceback.tb_frame.f_locals.items()):
                yield f"`{name}` of `{code.co_name}` in the last traceback", value
        traceback = traceback.tb_next


def _arrays(value: Any, *, deep: bool = False) -> Iterator[Any]:
    if _jax.is_array(value):
        yield value
        return
    members: Iterable[Any] = ()
    if isinstance(value, dict):
        members = list(dict.values(value))
    elif isinstance(value, list | tuple):
        members = list(value)
    for _, member in zip(range(_MOST_MEMBERS), members, strict=False):
        if _jax.is_array(member):
            yield member
        elif deep:
            yield from _arrays(member)
