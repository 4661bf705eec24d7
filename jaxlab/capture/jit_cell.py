"""Run a whole cell as one jitted function: trace its code once, run the program, bind results."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

import jax

from jaxlab import _jax
from jaxlab.capture.namespace import (
    Found,
    Snapshot,
    find_tracers,
    swap_arrays,
    take_snapshot,
)
from jaxlab.capture.tracer_errors import explain
from jaxlab.errors import CaptureError

RESULT = "__jaxlab_result__"
"""The name that the cell's trailing expression is bound to while it is traced."""


@dataclass(frozen=True)
class CellCode:
    """A cell's code, ready to be traced.

    Attributes:
      code: compiled; the value of a trailing expression is bound to `RESULT`.
      file: the file name that its frames carry.
      text: what was compiled, for messages.
    """

    code: CodeType
    file: str
    text: str


@dataclass(frozen=True)
class TracedCell:
    """A cell that was traced: what is to run, and where its results belong.

    Attributes:
      traced: JAX's Traced of the whole cell.
      arrays: its arguments, in order: the arrays that the cell reads.
      mutated: what the code changed in place, a sentence each. It happened once, at trace time.
    """

    traced: jax.stages.Traced
    arrays: list[Any]
    mutated: tuple[str, ...]
    _found: Found
    _after: Mapping[str, Any]
    _snapshot: Snapshot

    def run(self, program: Callable[..., list[Any]], namespace: dict[str, Any]) -> Any:
        """Run it, leave the namespace as the cell would, and give its last expression's value.

        Where it can't be run, lists, dicts, sets and attributes are put back as they were.
        """
        done = False
        try:
            bound = self._found.bind(program(*self.arrays), self._after)
            done = True
        finally:
            if not done:
                self._snapshot.restore()
        value = bound.pop(RESULT, None)
        for name in list(namespace):
            if name not in bound:
                del namespace[name]
        namespace.update(bound)
        return value


def compile_cell(text: str, file: str, flags: int = 0) -> CellCode:
    """Compile a cell for tracing.

    Raises:
      SyntaxError: as Python would.
      CaptureError: it awaits, which can't be traced.
    """
    tree = ast.parse(text, file)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        target = ast.copy_location(ast.Name(RESULT, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(tree, file, "exec", flags=flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        line = min(_awaiting_lines(tree), default=1)
        raise CaptureError(
            f"Line {line} awaits, and under --jit a cell is traced at once. "
            "Leave out --jit, or move the `await` into another cell."
        )
    return CellCode(code, file, text)


def _awaiting_lines(tree: ast.AST) -> Iterable[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno


def trace_cell(cell: CellCode, namespace: dict[str, Any]) -> TracedCell:
    """Trace a cell's code, once, in the user's own namespace.

    Names that hold arrays (or lists, dicts and tuples of them) hold tracers while the code
    runs. Whatever happens, the namespace's bindings are then put back as they were; where the
    code failed, lists, dicts, sets and attributes that it changed are put back too.

    Raises:
      CaptureError: the code needs the value of an array while it is traced.
      Exception: whatever the code itself raises.
    """
    arrays = swap_arrays(namespace)
    snapshot = take_snapshot(namespace)
    ends: list[tuple[Found, Mapping[str, Any]]] = []

    def cell_function(values: dict[str, Any]) -> list[Any]:
        namespace.update(arrays.filled(values))
        exec(cell.code, namespace)  # the user's cell: this is where it runs
        after = dict(namespace)
        ends.append((find_tracers(snapshot, after, arrays), after))
        return ends[-1][0].tracers

    cell_function.__name__ = cell_function.__qualname__ = "cell"
    failed = True
    try:
        traced = jax.jit(cell_function).trace(arrays.values)
        failed = False
    except _jax.NEEDS_VALUE as error:
        raise explain(error, cell) from None
    finally:
        namespace.clear()
        namespace.update(snapshot.bindings)
        if failed:
            snapshot.restore()
    found, after = ends[-1]
    paths = sorted(arrays.values)  # the order in which JAX flattens a dict
    names = ["Out" if name == RESULT else name for name in found.names_in(after)]
    program, kept = _jax.flat_program(traced, paths, names)
    values = [arrays.values[paths[index]] for index in kept]
    return TracedCell(program, values, found.mutated, found, after, snapshot)
