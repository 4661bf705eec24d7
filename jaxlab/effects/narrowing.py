"""Arrays of 64 bits that JAX cuts to 32, and what their values lose by it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlab import _jax
from jaxlab.origin import Frame

_FUNCTIONS = {
    id(function): f"{module}.{name}"
    for module, owner in (("jnp", jnp), ("jax", jax))
    for name in ("array", "asarray", "device_put")
    if (function := getattr(owner, name, None)) is not None and (module, name) != ("jax", "array")
}
_MOST = 50_000
_RUN_TOGETHER = 0.9


@dataclass(frozen=True, slots=True)
class Narrowed:
    """An array of 64 bits whose values are not the same in 32.

    Attributes:
      name: of the argument, or of the function that made a JAX array of it.
      function: the jitted function that it was given to; "" where there is none.
      before, after: its dtypes.
      lost: what its values lose, as part of a sentence.
      frame: where; None where not known.
    """

    name: str
    function: str
    before: str
    after: str
    lost: str
    frame: Frame | None


def is_narrowing(function: Any) -> bool:
    """Whether a function makes a JAX array of NumPy's, and may cut it to 32 bits."""
    return id(function) in _FUNCTIONS


def narrowed_array(function: Any, value: Any, place: Callable[[], Frame]) -> Iterator[Narrowed]:
    """What an array loses as such a function is called with it."""
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.itemsize < 8:
        return
    after = jax.dtypes.canonicalize_dtype(value.dtype)
    if lost := what_is_lost(np.asarray(value), after):
        name = _FUNCTIONS[id(function)]
        yield Narrowed(name, "", str(value.dtype), str(after), lost, place())


def narrowed_arguments(call: _jax.JitCall, frame: Frame | None) -> Iterator[Narrowed]:
    """What the arguments lose in a call of a jitted function."""
    for each in call.arguments:
        value: Any = each.array() if each.array is not None else None
        if value is None or each.dtype == each.given_dtype:
            continue
        if lost := what_is_lost(value, np.dtype(each.dtype)):
            name = call.function.name
            yield Narrowed(each.name, name, each.given_dtype, each.dtype, lost, frame)


def what_is_lost(value: np.ndarray[Any, Any], to: np.dtype[Any]) -> str:
    """How values differ once they are cut to a narrower dtype; "" where it is only rounding.

    Of large arrays, only every so many values are looked at.
    """
    if value.dtype.kind not in "iufc" or to.itemsize >= value.dtype.itemsize or not value.size:
        return ""
    flat = value.reshape(-1)[:: -(-value.size // _MOST)]
    with np.errstate(all="ignore"):
        cut = flat.astype(to)
        if value.dtype.kind in "iu":
            changed = cut.astype(object) != flat.astype(object) if flat.size < 64 else cut != flat
            kept = np.asarray(changed, dtype=bool)
            return _example(flat, cut, kept) if kept.any() else ""
        gone = (np.isfinite(flat) & ~np.isfinite(cut)) | ((flat != 0) & (cut == 0))
        if gone.any():
            return _example(flat, cut, gone)
        before, after = len(np.unique(flat)), len(np.unique(cut))
    if after < before * _RUN_TOGETHER:
        return f"{before:,} different values become {after:,}"
    return ""


def _example(
    before: np.ndarray[Any, Any], after: np.ndarray[Any, Any], changed: np.ndarray[Any, Any]
) -> str:
    place = int(np.argmax(changed))
    return f"{_said(before[place])} becomes {_said(after[place])}"


def _said(value: Any) -> str:
    return f"{value:,}" if isinstance(value, np.integer) else f"{value:g}"
