"""A traced cell that needs a value: which line, which value, and what to do."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

import jax

from jaxlab.errors import CaptureError, cut

if TYPE_CHECKING:
    from jaxlab.capture.jit_cell import CellCode

_REMEDIES = (
    (
        jax.errors.TracerBoolConversionError,
        "Use `jnp.where` or `jax.lax.cond` (`jax.lax.while_loop` for a loop)",
    ),
    (
        jax.errors.TracerArrayConversionError,
        "Use `jnp` in place of NumPy, or do this in the next cell",
    ),
    (
        jax.errors.TracerIntegerConversionError,
        "Use `jnp` indexing or `jax.lax.dynamic_slice`, or make the number a Python one",
    ),
    (
        jax.errors.NonConcreteBooleanIndexError,
        "Use `jnp.where(mask, x, 0)`, whose shape doesn't depend on the values",
    ),
    (
        jax.errors.ConcretizationTypeError,
        "Convert it in the next cell, or use `jnp` operations on it",
    ),
)
_TYPE = re.compile(r"traced array with shape (\S+?)\.?(?:\s|$)")
_ARGUMENTS = re.compile(r"depends on the values? of the arguments? (.+?)\.?(?:\n|$)")
_PATH = re.compile(r"values\[(['\"])(.+?)\1\](?=,| and|$|\s)")


def explain(error: Exception, cell: CellCode) -> CaptureError:
    """One clear line for a concretisation error in a cell that was traced."""
    remedy = next(text for kind, text in _REMEDIES if isinstance(error, kind))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == cell.file]
    lines = cell.text.splitlines()
    where = "This cell"
    if frames:
        number = frames[-1].lineno or 1
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        where = f"Line {number}, `{cut(text, 60)}`,"
    found = _TYPE.search(str(error))
    value = f"an array of type {found[1]}" if found else "a traced array"
    arguments = _ARGUMENTS.search(str(error))
    names = [match[2] for match in _PATH.finditer(arguments[1])] if arguments else []
    depends = f" (it depends on {cut(', '.join(names), 60)})" if names else ""
    return CaptureError(
        f"{where} needs the value of {value}{depends}, which has none while the cell is traced. "
        f"{remedy}, or leave out --jit."
    )
