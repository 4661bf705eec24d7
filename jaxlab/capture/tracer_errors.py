"""A traced cell that needs a value: which line, which value, and what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax

from jaxlab import _jax
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


def explain(error: Exception, cell: CellCode) -> CaptureError | None:
    """One clear line for an error that a cell has only because it is traced; None for others.

    Such are errors of code that needs a value, that hands a tracer to what can't take one (a
    compiled object, a thread, a format), or that does what JAX refuses while it traces.
    """
    where = _where(error, cell)
    if isinstance(error, _jax.NEEDS_VALUE):
        return _needs_value(error, where)
    said = str(error).strip()
    if not _is_about_tracing(error, said):
        return None
    first = re.split(r"(?<=[.!])\s|\n", said, maxsplit=1)[0]
    return CaptureError(
        f"{where} can't be traced: {type(error).__name__}: {cut(first, 200)} Leave out --jit."
    )


def failed_run(error: Exception, deleted: Sequence[str] = ()) -> CaptureError:
    """One clear line for a traced cell that can't be compiled or run."""
    if isinstance(error, _jax.FOUND_NAN):
        kind = str(error.args[-1]) if error.args else "nan"
        return CaptureError(
            f"The cell as one jitted function computes a {kind}, which `jax_debug_{kind}s` "
            "forbids. Without --jit, the operation that makes it is named."
        )
    first = str(error).strip().partition("\n")[0]
    if "has been deleted" in first and deleted:
        names = ", ".join(f"`{name}`" for name in deleted[:5])
        return CaptureError(
            f"The cell reads an array that was deleted or donated. Deleted are {cut(names, 120)}."
        )
    return CaptureError(
        f"The cell as one jitted function can't be compiled or run: {cut(first, 240)}"
    )


_REFUSALS = ("Tracer", "`jax.jit`", "has been deleted")


def _is_about_tracing(error: Exception, said: str) -> bool:
    if isinstance(error, jax.errors.UnexpectedTracerError):
        return "value leaked was cell at" in said  # else it leaked from elsewhere
    return type(error).__name__ == "TraceContextError" or any(text in said for text in _REFUSALS)


def _where(error: Exception, cell: CellCode) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == cell.file]
    if not frames:
        return "This cell"
    lines = cell.text.splitlines()
    number = frames[-1].lineno or 1
    text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"Line {number}, `{cut(text, 60)}`,"


def _needs_value(error: Exception, where: str) -> CaptureError:
    remedy = next(text for kind, text in _REMEDIES if isinstance(error, kind))
    found = _TYPE.search(str(error))
    value = f"an array of type {found[1]}" if found else "a traced array"
    arguments = _ARGUMENTS.search(str(error))
    names = [match[2] for match in _PATH.finditer(arguments[1])] if arguments else []
    depends = f" (it depends on {cut(', '.join(names), 60)})" if names else ""
    return CaptureError(
        f"{where} needs the value of {value}{depends}, which has none while the cell is traced. "
        f"{remedy}, or leave out --jit."
    )
