"""Runs inside the kernel: a user's namespace as plain data, and a clean start for a case."""

from __future__ import annotations

import base64
import gc
import json
import sys
from types import FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

import jax
import numpy as np
from IPython import get_ipython

_INPUTS = ("_i", "_ii", "_iii", "_ih", "In", "_oh", "_dh", "_exit_code")
_STEP = " > "
_DEEPEST = 8  # steps inwards; a model is about six deep


Seen = dict[int, tuple[str, Any]]
"""Where each object was first met, by id; the object beside it, so that the id stays its own."""


def take() -> str:
    """The names a user made, with their values, as JSON."""
    shell: Any = get_ipython()
    hidden = shell.user_ns_hidden
    names = {
        name: value
        for name, value in shell.user_ns.items()
        if not (name in _INPUTS or (name.startswith("_i") and name[2:].isdigit()))
        and not (name in hidden and hidden[name] is value)
    }
    names["Out"] = shell.user_ns.get("Out")
    seen: Seen = {}
    facts = {name: _describe(value, seen, name) for name, value in sorted(names.items())}
    return json.dumps(facts)


def reset() -> None:
    """Forget every name, result and count, as a new kernel would."""
    shell: Any = get_ipython()
    shell.reset(new_session=False)
    shell.execution_count = 1
    shell.history_manager.input_hist_raw[:] = [""]
    shell.history_manager.input_hist_parsed[:] = [""]
    shell.ast_node_interactivity = "last_expr"
    for name in ("_", "__", "___"):
        setattr(shell.displayhook, name, "")
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()


def _describe(value: Any, seen: Seen, path: str) -> Any:
    """A value as JSON. What is met twice is told by the place where it was met first."""
    if value is None or isinstance(value, bool | int | str):
        return {"kind": type(value).__name__, "value": value}
    if isinstance(value, float | complex):
        return {"kind": type(value).__name__, "number": [value.real, value.imag]}
    if isinstance(value, jax.core.Tracer):
        return {"kind": "tracer"}
    if isinstance(value, jax.Array):
        return _describe_jax_array(value)
    if isinstance(value, np.ndarray | np.generic):
        return {"kind": type(value).__name__, **_bytes_of(np.asarray(value))}
    if isinstance(value, ModuleType):
        return {"kind": "module", "name": value.__name__}
    if id(value) in seen:
        return {"kind": "seen", "where": seen[id(value)][0]}
    if path.count(_STEP) > _DEEPEST:
        return {"kind": type(value).__name__, "cut": True}
    seen[id(value)] = path, value
    return _describe_object(value, seen, path)


def _describe_jax_array(array: jax.Array) -> Any:
    facts = {"kind": "jax.Array", "dtype": str(array.dtype), "shape": list(array.shape)}
    if array.is_deleted():
        return {**facts, "deleted": True}
    placement = {
        "weak": bool(getattr(array, "weak_type", False)),
        "placement": [str(array.sharding), bool(getattr(array, "committed", True))],
    }
    if jax.dtypes.issubdtype(array.dtype, jax.dtypes.extended):
        return {**facts, **placement, "key": _bytes_of(np.asarray(jax.random.key_data(array)))}
    return {**facts, **placement, **_bytes_of(np.asarray(array))}


def _bytes_of(array: np.ndarray[Any, Any]) -> Any:
    if array.dtype == object:
        return {"dtype": "object", "shape": list(array.shape), "text": repr(array.tolist())}
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": base64.b64encode(array.tobytes()).decode(),
    }


def _describe_object(value: Any, seen: Seen, path: str) -> Any:
    def inside(part: Any, place: Any = "") -> Any:
        return _describe(part, seen, f"{path}{_STEP}{place}")

    kind = type(value).__name__
    if isinstance(value, dict):
        items = [[repr(key), inside(part, repr(key))] for key, part in value.items()]
        return {"kind": kind, "items": items}
    if isinstance(value, set | frozenset):
        return {"kind": kind, "elements": sorted(map(repr, value))}
    if isinstance(value, list | tuple):
        return {"kind": kind, "elements": [inside(part, i) for i, part in enumerate(value)]}
    if isinstance(value, type):
        return {"kind": "class", "name": value.__qualname__, "names": sorted(vars(value))}
    if isinstance(value, MethodType):
        return {"kind": kind, "name": value.__qualname__, "self": inside(value.__self__)}
    if isinstance(value, FunctionType):
        return _describe_function(value, inside)
    if isinstance(value, GeneratorType):
        return {"kind": kind, "name": value.__qualname__, "running": value.gi_frame is not None}
    if isinstance(value, BaseException):
        return {"kind": kind, "text": str(value)}
    wrapped = getattr(value, "__wrapped__", None)
    if isinstance(wrapped, FunctionType):
        return {"kind": kind, "wrapped": _describe_function(wrapped, inside)}
    if type(value).__module__.partition(".")[0] in ("jax", "jaxlib"):
        return _describe_of_jax(value, inside)
    attributes = _attributes(value)
    if attributes:
        return {
            "kind": kind,
            "attributes": {name: inside(v, name) for name, v in attributes.items()},
        }
    return {"kind": kind, "text": repr(value)}


def _describe_of_jax(value: Any, inside: Any) -> Any:
    kind = type(value).__name__
    if isinstance(value, jax.Ref):
        return {"kind": kind, "content": inside(value[...])}
    return {"kind": kind, "text": repr(value)}


def _describe_function(function: FunctionType, inside: Any) -> Any:
    shell: Any = get_ipython()
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return {
        "kind": "function",
        "name": function.__qualname__,
        "module": function.__module__,
        "line": function.__code__.co_firstlineno,
        "globals": "user" if function.__globals__ is shell.user_ns else "other",
        "defaults": inside(function.__defaults__),
        "closure": [inside(content) for content in cells],
    }


def _attributes(value: Any) -> dict[str, Any]:
    names = dict(getattr(value, "__dict__", {}))
    for owner in type(value).__mro__:
        slots = vars(owner).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name) and not name.startswith("__"):
                names[name] = getattr(value, name)
    return names
