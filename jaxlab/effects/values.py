"""Values of the user's, looked at without running any of the user's code, and compared later."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import weakref
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxlab.effects.reach import Step
from jaxlab.errors import cut

_SCALARS = (bool, int, float, complex, str, bytes, type(None))
_MOST_ITEMS = 64
_MOST_BYTES = 65_536

ABSENT: Any = object()
"""Where there is no value."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A value as it was at some time.

    Attributes:
      key: equal where the value was the same.
      said: the value in a few words.
      traced: whether a tracer is in it.
    """

    key: Any
    said: str = field(compare=False)
    traced: bool = field(default=False, compare=False)


def snapshot(value: Any) -> Snapshot:
    """A value as it is now; what can't be compared without the user's code is its type."""
    traced: list[bool] = []
    key = _key(value, 3, traced)
    return Snapshot(key, _said(value), bool(traced))


def is_as_then(value: Any, then: Snapshot) -> bool:
    """Whether a value is the same as it was; for scalars and arrays with next to no work."""
    kind: type = type(value)
    if kind in (int, str, bool):
        return bool(then.key == (kind.__name__, value))
    return bool(_key(value, 3, []) == then.key)


def follow(value: Any, steps: Sequence[Step]) -> Any:
    """What attributes and items lead to; `ABSENT` where that would need the user's code."""
    for kind, key in steps:
        value = _attribute(value, str(key)) if kind == "attribute" else _item(value, key)
        if value is ABSENT:
            break
    return value


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, type):
        owners = [vars(each) for each in type.mro(value)]
        found = next((owner[name] for owner in owners if name in owner), ABSENT)
        return ABSENT if hasattr(type(found), "__get__") else found
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = None
    if isinstance(own, dict) and name in own:
        return own[name]
    if isinstance(value, ModuleType):
        return ABSENT
    for kind in type(value).__mro__:
        found = vars(kind).get(name, ABSENT)
        if isinstance(found, MemberDescriptorType):
            return _slot(found, value)
        if found is not ABSENT:
            return ABSENT if hasattr(type(found), "__get__") else found
    return ABSENT


def _slot(slot: MemberDescriptorType, value: Any) -> Any:
    try:
        return slot.__get__(value)
    except AttributeError:  # not set
        return ABSENT


def _item(value: Any, key: str | int) -> Any:
    if type(value) is dict:
        return value.get(key, ABSENT)
    if type(value) in (list, tuple) and type(key) is int and -len(value) <= key < len(value):
        return value[key]
    return ABSENT


def _key(value: Any, depth: int, traced: list[bool]) -> Any:
    kind: type = type(value)
    if kind in _SCALARS:
        return kind.__name__, repr(value) if kind in (float, complex) else value
    if kind in (list, tuple, deque):
        items = [value[place] for place in range(min(len(value), _MOST_ITEMS))] if depth else ()
        return kind.__name__, len(value), tuple(_key(each, depth - 1, traced) for each in items)
    if kind is dict:
        pairs = [*value.items()][:_MOST_ITEMS] if depth else []
        return "dict", len(value), tuple((_name(k), _key(v, depth - 1, traced)) for k, v in pairs)
    if kind in (set, frozenset):
        return kind.__name__, len(value)
    if issubclass(kind, np.generic):
        return kind.__name__, value.tobytes()
    if kind is np.ndarray:
        return "ndarray", str(value.dtype), value.shape, _checksum(value)
    if issubclass(kind, Tracer):
        traced.append(True)
        return "tracer", id(value)
    if issubclass(kind, jax.Array):
        return "array", str(value.dtype), value.shape, _Array(value)
    if kind is FunctionType:
        return "function", value.__code__
    return "object", kind.__module__, kind.__qualname__


class _Array:
    """One of JAX's arrays, held weakly: equal to itself, and to a small one of the same values."""

    def __init__(self, array: jax.Array) -> None:
        self._held = weakref.ref(array)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Array):
            return False
        one, two = self._held(), other._held()
        if one is two:
            return one is not None
        if one is None or two is None or one.is_deleted() or two.is_deleted():
            return False
        if one.nbytes > _MOST_BYTES or not (one.is_fully_addressable and two.is_fully_addressable):
            return False
        if jnp.issubdtype(one.dtype, jax.dtypes.prng_key):
            one, two = jax.random.key_data(one), jax.random.key_data(two)
        return np.asarray(one).tobytes() == np.asarray(two).tobytes()


def _name(key: Any) -> Any:
    return (type(key).__name__, key) if type(key) in _SCALARS else id(key)


def _checksum(array: np.ndarray[Any, Any]) -> int:
    if array.dtype.hasobject:
        return 0
    if array.nbytes > _MOST_BYTES:  # some of it
        flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
        array = np.asarray(flat[:: max(1, array.size // 4096)])
    return zlib.crc32(array.tobytes())


def _said(value: Any) -> str:
    kind: type = type(value)
    if kind in _SCALARS:
        return cut(repr(value), 60)
    if issubclass(kind, (np.ndarray, np.generic, jax.Array)) and not issubclass(kind, Tracer):
        return f"{value.dtype}[{','.join(map(str, value.shape))}]"
    if kind in (list, tuple, dict, set, frozenset, deque):
        of = "1 item" if len(value) == 1 else f"{len(value):,} items"
        return f"a {kind.__name__} of {of}"
    if kind is FunctionType:
        return f"the function in line {value.__code__.co_firstlineno}"
    return "nothing" if value is ABSENT else f"a {kind.__name__}"
