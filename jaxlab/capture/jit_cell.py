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
    deleted_arrays,
    find_tracers,
    swap_arrays,
    take_snapshot,
)
from jaxlab.capture.tracer_errors import explain, failed_run
from jaxlab.errors import CaptureError

RESULT = "__jaxlab_result_"
"""What starts the names that a cell's shown expressions are bound to while it is traced."""


@dataclass(frozen=True)
class CellCode:
    """A cell's code, ready to be traced.

    Attributes:
      code: compiled; the values of shown expressions are bound to `RESULT0`, `RESULT1`...
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
    _evaluate: Callable[..., list[Any]] | None = None

    def run(self, program: Callable[..., list[Any]], namespace: dict[str, Any]) -> list[Any]:
        """Run it, leave the namespace as the cell would, and give its shown expressions' values.

        Where it can't be run, lists, dicts, sets and attributes are put back as they were.

        Raises:
          CaptureError: it can't be compiled, or what it computes is not allowed (`debug_nans`).
        """
        done = False
        try:
            bound = self._found.bind(self._results(program), self._after)
            done = True
        finally:
            if not done:
                self._snapshot.restore()
        shown = [name for name in bound if name.startswith(RESULT)]
        values = [
            bound.pop(name) for name in sorted(shown, key=lambda name: int(name[len(RESULT) :]))
        ]
        for name in list(namespace):
            if name not in bound:
                del namespace[name]
        namespace.update(bound)
        return values

    def _results(self, program: Callable[..., list[Any]]) -> list[Any]:
        try:
            return (self._evaluate or program)(*self.arrays)
        except (RuntimeError, FloatingPointError, *_jax.FOUND_NAN) as error:
            raise failed_run(error, deleted_arrays(self._after)) from None


def _name_after(function: Callable[..., Any], cell: CellCode) -> None:
    """Make JAX say that the cell was traced, where it names the function and its file."""
    stub = eval(compile("lambda: None", cell.file, "eval"))  # where JAX looks for file and line
    stub.__name__ = stub.__qualname__ = function.__name__ = function.__qualname__ = "cell"
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    function.__wrapped__ = stub  # type: ignore[attr-defined]


def compile_cell(text: str, file: str, flags: int = 0, shown: str = "last_expr") -> CellCode:
    """Compile a cell for tracing.

    Args:
      text: the cell's code.
      file: the name that its frames will carry.
      flags: compiler flags, for `from __future__ import ...` of earlier cells.
      shown: whose values are wanted, as IPython's `ast_node_interactivity`: of the last
        expression, of "all" top-level expressions, or of "none".

    Raises:
      SyntaxError: as Python would.
      CaptureError: it awaits, which can't be traced.
    """
    tree = ast.parse(text, file)
    count = 0
    for index, statement in enumerate(tree.body):
        is_last = index + 1 == len(tree.body)
        if isinstance(statement, ast.Expr) and (shown == "all" or (is_last and shown != "none")):
            name = ast.copy_location(ast.Name(f"{RESULT}{count}", ast.Store()), statement)
            tree.body[index] = ast.copy_location(ast.Assign([name], statement.value), statement)
            count += 1
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

    _name_after(cell_function, cell)
    failed = True
    try:
        traced = jax.jit(cell_function).trace(arrays.values)
        failed = False
    except Exception as error:
        explained = explain(error, cell)
        if explained is None:
            raise
        raise explained from None
    finally:
        namespace.clear()
        namespace.update(snapshot.bindings)
        if failed:
            snapshot.restore()
    found, after = ends[-1]
    paths = sorted(arrays.values)  # the order in which JAX flattens a dict
    names = ["Out" if name.startswith(RESULT) else name for name in found.names_in(after)]
    program, kept = _jax.flat_program(traced, paths, names)
    positions = range(len(paths)) if kept is None else kept
    values = [arrays.values[paths[index]] for index in positions]
    evaluate = _jax.evaluator(traced) if kept is None else None
    return TracedCell(program, values, found.mutated, found, after, snapshot, evaluate)
