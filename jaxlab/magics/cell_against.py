"""`%%jaxprofile --against numpy`: a cell and its twin in NumPy, both in copies of the namespace."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

import jax
import jax.numpy as jnp

from jaxlab import _jax
from jaxlab.errors import InputError

_SEEN = frozenset(
    (
        *("print", "input", "open", "display", "get_ipython", "show", "savefig"),
        *("debug", "io_callback", "pure_callback", "debug_callback", "breakpoint"),
    )
)
"""Names of what somebody notices when it is done again."""


def repeatable_cell(text: str, namespace: Mapping[str, Any], rerun: bool) -> Callable[[], Any]:
    """A cell as something to call again and again; it returns all that it made.

    It runs in a copy of the namespace, with copies of the arrays that it uses. What it assigns is
    dropped.

    Args:
      text: the cell, in Python.
      namespace: the user's.
      rerun: call it again even if it has side effects.

    Raises:
      InputError: it has side effects that can be seen, or awaits something.
      SyntaxError: it is no Python.
    """
    tree = ast.parse(text)
    if any(isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) for node in ast.walk(tree)):
        raise InputError("A cell that awaits something can't be compared: it can't run again.")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    run = compile(tree, "<cell>", "exec")
    value = last.value if isinstance(last, ast.Expr) else ast.Constant(None)
    give = compile(ast.fix_missing_locations(ast.Expression(value)), "<cell>", "eval")
    codes = [run, give]
    if not rerun:
        _check_no_side_effects(tree, codes, namespace)
    made = {name for name in _stored(tree) if not name.startswith("__")}
    names = dict(namespace)
    for name in {name for code in codes for name in code.co_names} & names.keys():
        names[name] = _copied(names[name])

    def call() -> Any:
        scope = dict(names)
        exec(run, scope)
        value = eval(give, scope)
        return value, [scope[name] for name in made if name in scope]

    return call


def _copied(value: Any) -> Any:
    """The value, its arrays copied: a cell may donate them."""
    if jax.tree_util.all_leaves([value]):
        return jnp.copy(value) if _jax.is_array(value) else value
    return jax.tree_util.tree_map(_copied, value)


def _stored(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _check_no_side_effects(
    tree: ast.Module, codes: list[CodeType], namespace: Mapping[str, Any]
) -> None:
    """Raise InputError for what can be seen to leave something behind."""
    found = next(iter([*_changes(tree), *_noticed(codes, namespace)]), "")
    if found:
        raise InputError(
            f"This cell {found}, and to compare it means to run it many times. Add `--rerun` if "
            "that does no harm."
        )


def _changes(tree: ast.Module) -> Iterator[str]:
    """Statements that change what is not a plain name of the cell's own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield f"changes `{ast.unparse(node)}` in place"
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if not (isinstance(called, ast.Attribute) and called.attr == "block_until_ready"):
                yield f"calls `{ast.unparse(called)}` for what it does"


def _noticed(codes: list[CodeType], namespace: Mapping[str, Any]) -> Iterator[str]:
    """Names that the code uses, and the user's functions that it calls, and theirs."""
    waiting = [(code, namespace) for code in codes]
    known: set[CodeType] = set()
    while waiting:
        code, names = waiting.pop()
        if code in known:
            continue
        known.add(code)
        for name in code.co_names:
            if name in _SEEN:
                yield f"uses `{name}`"
            value = names.get(name)
            function: Any = getattr(value, "__wrapped__", value)
            if isinstance(function, FunctionType) and _jax.is_user_file(
                function.__code__.co_filename
            ):
                waiting.append((function.__code__, function.__globals__))
        waiting += [(inner, names) for inner in code.co_consts if isinstance(inner, CodeType)]
