"""An assignment to a part of an array, which JAX refuses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.rewrites import text_of
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding

_METHODS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}


def _find(seen: Seen) -> Iterator[Finding]:
    failure = seen.failure
    if failure is None or not isinstance(failure.error, TypeError):
        return
    if "JAX arrays are immutable" not in failure.message:
        return
    statement = failure.statement
    instead = _instead(statement)
    yield Finding(
        hazard="array-assignment",
        harm="lost work",
        headline=f"`{text_of(statement)}` would change an array in place."
        if statement is not None
        else "This line would change an array in place.",
        what="Arrays of JAX never change. `.at[…]` gives a new one; inside `jit` XLA does it in "
        "place where nothing else needs the old one.",
        remedy=f"Write {instead}." if instead else "Write `x = x.at[i].set(value)`.",
        frames=(failure.frame,),
    )


def _instead(statement: ast.stmt | None) -> str:
    """The assignment as JAX would have it; "" for one that is not that simple."""
    target, method = None, "set"
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target, method = statement.target, _METHODS.get(type(statement.op), "")
    if not isinstance(target, ast.Subscript) or not method:
        return ""
    assert isinstance(statement, ast.Assign | ast.AugAssign)
    whole, index = text_of(target.value), text_of(target.slice)
    return f"`{whole} = {whole}.at[{index}].{method}({text_of(statement.value)})`"


HAZARD = Hazard("array-assignment", "An array changed in place", "lost work", _find)
