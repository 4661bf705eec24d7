"""An equation's params as plain data: jaxprs become references, arrays and functions texts.

A Graph outlives the arrays it talks about: it is kept in `Out[n]` and in reports. So nothing
that could hold memory alive stays in it: no array, no tracer, no function with its closure.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
from collections.abc import Callable, Iterable, Mapping
from contextlib import ContextDecorator
from typing import Any

import numpy as np

from jaxlab._jax import ARRAY_TYPES, JAXPR_TYPES, RULE, inside_hashable, is_tracer, rule_name
from jaxlab.errors import cut
from jaxlab.graph import ArrayType, RegionRef
from jaxlab.readers.avals import array_type, dtype_name, opaque_text

Meet = Callable[[Any, str], RegionRef]
"""What is told of each jaxpr that is met, with its role: `branches[0]`."""

_MOST_VALUES = 8  # of an array, that are written out
_DEEPEST = 32  # containers within containers; what lies deeper is written as text
_DATA_PACKAGES = frozenset({"jax", "jaxlib", "numpy", "ml_dtypes"})
# Params whose functions JAX will trace when it differentiates, transposes or batches.
_RULES = frozenset(
    {
        *("jvp", "jvp_jaxpr_fun", "jvp_jaxpr_thunk", "fwd", "fwd_jaxpr_thunk", "bwd"),
        *("transpose", "transpose_thunk", "transpose_jaxpr_thunk", "rule"),
    }
)


def is_plain(value: Any) -> bool:
    """True for a param that `read_param` would give back as it is, found without a look inside."""
    kind = _kind(type(value))
    return kind == "plain" or (kind == "sequence" and _all_plain(value))


def read_param(value: Any, name: str, meet: Meet) -> object:
    """A param as data that holds nothing alive.

    Numbers, texts, tuples, dtypes, enums, dimension numbers and the like stay the very objects
    they were. Tuples, lists, dicts and dataclasses that hold something else become copies with
    that replaced: a jaxpr by what `meet` gives, an array, a tracer or a function by a text.

    Args:
      value: the param's.
      name: the param's; the first part of the roles that `meet` is told.
      meet: called for each jaxpr, in order.
    """
    return _read(value, name, meet, 0)


def value_text(value: Any) -> str:
    """A literal's or a const's value where it is a scalar or tiny, else its dtype and shape.

    An array that is not ready, not here or deleted is not waited for: its type is shown.
    """
    value = inside_hashable(value)
    if not isinstance(value, ARRAY_TYPES):
        return _scalar_text(value)
    if is_tracer(value):
        return f"tracer {array_type(value.aval)}"
    if isinstance(value, np.ndarray):
        return _numbers(value) or str(ArrayType(dtype_name(value.dtype), value.shape))
    typed = str(array_type(value.aval))
    if not hasattr(value, "is_ready") or value.size > _MOST_VALUES or value.is_deleted():
        return typed  # the last is asked first: a deleted array answers no other question
    return _numbers(np.array(value)) if value.is_fully_addressable and value.is_ready() else typed


def _scalar_text(value: Any) -> str:
    # JAX's own subclasses of Python's numbers write themselves as `TypedInt(3, dtype=int32)`.
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    return complex.__repr__(value) if isinstance(value, complex) else opaque_text(value)


def _numbers(array: Any) -> str:
    return " ".join(str(array).split()) if array.size <= _MOST_VALUES else ""


def _read(value: Any, role: str, meet: Meet, depth: int) -> object:
    kind = _kind(type(value))
    if kind == "plain":
        return value
    if kind == "jaxpr":
        return meet(value, role)
    if kind == "array":
        return value_text(value)
    if kind == "function":
        return _function_text(value, role)
    if kind == "unknown" or depth > _DEEPEST:
        return opaque_text(value)
    if kind == "sequence":
        return _read_sequence(value, role, meet, depth + 1)
    if kind == "mapping":
        return _read_mapping(value, role, meet, depth + 1)
    return _read_dataclass(value, role, meet, depth + 1)


def _read_sequence(value: Any, role: str, meet: Meet, depth: int) -> object:
    if _all_plain(value):
        return value
    if isinstance(value, (set, frozenset)):
        members: Iterable[Any] = value
        return tuple(sorted(str(_read(member, role, meet, depth)) for member in members))
    fields: tuple[str, ...] | None = getattr(value, "_fields", None)
    roles = [f"{role}.{name}" for name in fields] if fields else None
    read = [
        _read(member, roles[index] if roles else f"{role}[{index}]", meet, depth)
        for index, member in enumerate(value)
    ]
    if all(new is old for new, old in zip(read, value, strict=True)):
        return value
    if fields:
        return type(value)._make(read)
    return read if isinstance(value, list) else tuple(read)


def _read_mapping(value: Any, role: str, meet: Meet, depth: int) -> object:
    read: dict[object, object] = {
        key: _read(member, _member_role(role, key), meet, depth) for key, member in value.items()
    }
    return value if all(read[key] is value[key] for key in read) else read


def _member_role(role: str, key: object) -> str:
    text = str(key)
    return f"{role}.{text}" if text.isidentifier() else f"{role}[{cut(repr(key))}]"


def _read_dataclass(value: Any, role: str, meet: Meet, depth: int) -> object:
    """The object itself, or a copy of its own class where a field had to be replaced."""
    replaced: dict[str, object] = {}
    for field in dataclasses.fields(value):
        member = getattr(value, field.name, None)
        read = _read(member, f"{role}.{field.name}", meet, depth)
        if read is not member:
            replaced[field.name] = read
    if not replaced:
        return value
    twin = copy.copy(value)
    for name, read in replaced.items():
        object.__setattr__(twin, name, read)
    return twin


def _function_text(value: Any, role: str) -> str:
    name = rule_name(value) or _function_name(value)
    if not name:
        return opaque_text(value)  # an object that can be called, and says more than its class
    is_rule = isinstance(value, RULE) or role.rpartition(".")[2] in _RULES
    return f"not traced yet: {name}" if is_rule else f"function {name}"


def _function_name(value: Any) -> str:
    if isinstance(value, functools.partial):
        partial: functools.partial[Any] = value
        return f"partial({_function_name(partial.func)})"
    inner = getattr(value, "callback_func", None)  # what JAX wraps round a user's callback
    return _function_name(inner) if inner is not None else str(getattr(value, "__qualname__", ""))


def _all_plain(values: Iterable[Any]) -> bool:
    return all(_kind(type(value)) == "plain" for value in values)


@functools.lru_cache(maxsize=1024)
def _kind(cls: type) -> str:
    """What is done with the objects of a class."""
    if issubclass(cls, JAXPR_TYPES):
        return "jaxpr"
    if issubclass(cls, ARRAY_TYPES):
        return "array"
    if issubclass(cls, (bool, int, float, complex, str, bytes, type(None), type, enum.Enum)):
        return "plain"
    if issubclass(cls, (tuple, list, set, frozenset)):
        return "sequence"
    if issubclass(cls, Mapping):
        return "mapping"
    # A mesh is callable only because it can decorate a function with itself.
    if issubclass(cls, (RULE, Callable)) and not issubclass(cls, ContextDecorator):
        return "function"
    if dataclasses.is_dataclass(cls):
        return "dataclass"
    return "plain" if cls.__module__.partition(".")[0] in _DATA_PACKAGES else "unknown"
