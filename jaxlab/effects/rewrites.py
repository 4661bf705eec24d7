"""What to write instead of code that asks a tracer for its value: on the user's own names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import jax.numpy as jnp

from jaxlab.effects.failure import Failure
from jaxlab.errors import cut

_BUILTINS = {
    "max": "jnp.maximum",
    "min": "jnp.minimum",
    "any": "jnp.any",
    "all": "jnp.all",
    "sorted": "jnp.sort",
    "round": "jnp.round",
}
_REDUCTIONS = ("sum", "mean", "prod", "any", "all", "std", "var")
_CASTS = ("float", "int", "complex", "bool")
_JOINED: Mapping[type[ast.boolop], str] = {ast.And: " & ", ast.Or: " | "}


def rewrite_of(failure: Failure) -> str:
    """What to write instead, a sentence or two; "" where nothing better is known than in general.

    Args:
      failure: where code asked a tracer for its value.
    """
    for node, parent in zip(failure.path, (*failure.path[1:], None), strict=True):
        if isinstance(node, ast.stmt) and parent is not None and _is_test(node, failure):
            return _of_statement(node, parent, failure)
        said = _of_expression(node, parent, failure)
        if said:
            return said
        if isinstance(node, ast.stmt):
            return ""
    return ""


def static_of(failure: Failure, names: tuple[str, ...]) -> str:
    """How to make arguments static, where the traced function is jitted and has them; else ""."""
    traced = failure.traced
    if traced is None or traced.transform != "jit":
        return ""
    own = [name for name in names if name in traced.arguments]
    if not own or len(traced.arguments) > len(own):
        return ""
    listed = repr(own[0]) if len(own) == 1 else repr(tuple(own))
    return f"`jax.jit({traced.function}, static_argnames={listed})`"


def text_of(node: ast.AST, limit: int = 60) -> str:
    """A piece of code on one line, shortened."""
    return cut(" ".join(ast.unparse(node).split()), limit)


def _is_test(node: ast.stmt, failure: Failure) -> bool:
    if not isinstance(node, ast.If | ast.While | ast.Assert):
        return False
    return node.test in failure.path


def _of_statement(node: ast.stmt, parent: ast.AST, failure: Failure) -> str:
    if isinstance(node, ast.If):
        return _of_if(node, parent, failure)
    if isinstance(node, ast.While):
        names = ", ".join(failure.tracers_in(node.test)) or "state"
        test = text_of(node.test)
        return (
            f"Let the compiled program loop: `jax.lax.while_loop(lambda {names}: {test}, body, "
            f"{names})`, with the loop's body as a function."
        )
    assert isinstance(node, ast.Assert)
    return (
        "Check it outside of the traced function, or at run time with "
        f"`jax.experimental.checkify.check({text_of(node.test)}, …)`."
    )


def _of_if(node: ast.If, parent: ast.AST, failure: Failure) -> str:
    test = text_of(node.test)
    flags = failure.tracers_in(node.test)
    static = static_of(failure, flags) if _is_flag(node.test) else ""
    if static:
        return f"Is it a setting? Then hold it fixed: {static}. Else `jax.lax.cond({test}, …)`."
    chosen = _chosen(node, parent)
    if chosen:
        return f"Compute both and choose: `{chosen}`."
    return (
        f"Compute both and choose, `jnp.where({test}, a, b)`; or make each way a function: "
        f"`jax.lax.cond({test}, when_true, when_false, …)`."
    )


def _is_flag(test: ast.expr) -> bool:
    """Whether a test asks for a setting: `flag`, `not flag`, `mode == 2`, `name == "relu"`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _is_flag(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        constant = test.comparators[0]
        return isinstance(test.ops[0], ast.Eq | ast.NotEq) and isinstance(constant, ast.Constant)
    return isinstance(test, ast.Name)


def _chosen(node: ast.If, parent: ast.AST) -> str:
    """An `if` whose two ways give one value, as a `jnp.where`; "" for any other."""
    one = node.body[0] if len(node.body) == 1 else None
    after = _after(node, parent)
    two = node.orelse[0] if len(node.orelse) == 1 else after if not node.orelse else None
    test = ast.unparse(node.test)
    if isinstance(one, ast.Return) and isinstance(two, ast.Return) and one.value and two.value:
        text = f"return jnp.where({test}, {ast.unparse(one.value)}, {ast.unparse(two.value)})"
        return text if len(text) < 120 else ""
    if isinstance(one, ast.Assign) and len(one.targets) == 1:
        target = ast.unparse(one.targets[0])
        other = target if not node.orelse else ""
        if node.orelse and isinstance(two, ast.Assign) and ast.unparse(two.targets[0]) == target:
            other = ast.unparse(two.value)
        text = f"{target} = jnp.where({test}, {ast.unparse(one.value)}, {other})"
        return text if other and len(text) < 120 else ""
    return ""


def _after(node: ast.stmt, parent: ast.AST) -> ast.stmt | None:
    """The statement after one, in the same block."""
    if not isinstance(parent, ast.stmt | ast.Module):  # a lambda's body is no list
        return None
    for block in ("body", "orelse", "finalbody"):
        statements: list[ast.stmt] = getattr(parent, block, [])
        if node in statements[:-1]:
            return statements[statements.index(node) + 1]
    return None


def _of_expression(node: ast.AST, parent: ast.AST | None, failure: Failure) -> str:
    if isinstance(node, ast.BoolOp):
        parts = _JOINED[type(node.op)].join(f"({ast.unparse(each)})" for each in node.values)
        return f"`and`, `or` and `not` ask for a value. Write `{cut(parts, 120)}`."
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"`not` asks for a value. Write `jnp.logical_not({text_of(node.operand)})`."
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        return f"A comparison of three asks for a value. Write `{cut(_pairs(node), 120)}`."
    if isinstance(node, ast.IfExp) and node.test in failure.path:
        parts = ", ".join(text_of(each) for each in (node.test, node.body, node.orelse))
        return f"Compute both and choose: `jnp.where({parts})`."
    if isinstance(node, ast.comprehension):
        return ""
    if isinstance(node, ast.FormattedValue | ast.JoinedStr):
        return _of_format(node, failure)
    if isinstance(node, ast.Subscript):
        return _of_subscript(node, parent, failure)
    if isinstance(node, ast.Call):
        return _of_call(node, failure)
    return ""


def _pairs(node: ast.Compare) -> str:
    ends = [node.left, *node.comparators]
    compared = [
        ast.unparse(ast.Compare(left, [op], [right]))
        for left, op, right in zip(ends[:-1], node.ops, ends[1:], strict=True)
    ]
    return " & ".join(f"({each})" for each in compared)


def _of_format(node: ast.FormattedValue | ast.JoinedStr, failure: Failure) -> str:
    name = next(iter(failure.tracers_in(node)), "x")
    return (
        "A text is made while JAX traces. To see the value in each run: "
        f'`jax.debug.print("{name} = {{}}", {name})`.'
    )


def _of_subscript(node: ast.Subscript, parent: ast.AST | None, failure: Failure) -> str:
    whole, index = text_of(node.value), text_of(node.slice)
    if "unhashable" in failure.message:
        static = static_of(failure, failure.tracers_in(node.slice))
        return f"A dict needs a value to look for. {_fixed(static, failure, node.slice)}"
    if not _is_mask(failure):
        return (
            f"Python's own containers need a number. Make `{whole}` an array, "
            f"`jnp.asarray({whole})[{index}]`; of functions, choose by `jax.lax.switch`."
        )
    if isinstance(parent, ast.Attribute) and parent.attr in _REDUCTIONS:
        return f"Leave the shape as it is: `{whole}.{parent.attr}(where={index})`."
    if isinstance(node.ctx, ast.Store) and isinstance(parent, ast.Assign):
        return (
            "Leave the shape as it is: "
            f"`{whole} = jnp.where({index}, {text_of(parent.value)}, {whole})`."
        )
    return (
        "How many there are is not known while JAX traces. Leave the shape as it is, "
        f"`jnp.where({index}, {whole}, 0)`, or say how many at most: "
        f"`{whole}[jnp.nonzero({index}, size=…, fill_value=…)]`."
    )


def _fixed(static: str, failure: Failure, index: ast.expr) -> str:
    """How to hold an index fixed, where JAX's error does not say of what function it is."""
    names = failure.tracers_in(index)
    function = next((each for each in failure.path if isinstance(each, ast.FunctionDef)), None)
    arguments = [] if function is None else [each.arg for each in function.args.args]
    if not static and function is not None and len(names) == 1 and names[0] in arguments:
        static = f"`jax.jit({function.name}, static_argnames={names[0]!r})`"
    return f"Hold it fixed: {static}." if static else "Choose by `jax.lax.switch`."


def _is_mask(failure: Failure) -> bool:
    return type(failure.error).__name__ == "NonConcreteBooleanIndexError"


def _of_call(node: ast.Call, failure: Failure) -> str:
    name = ast.unparse(node.func)
    arguments = ", ".join(text_of(each) for each in node.args)
    traced = failure.tracers_in(node)
    static = static_of(failure, traced)
    if name == "range":
        end = text_of(node.args[-1] if len(node.args) < 3 else node.args[1])
        start = text_of(node.args[0]) if len(node.args) > 1 else "0"
        loop = f"`jax.lax.fori_loop({start}, {end}, body, init)`"
        fixed = f"Hold it fixed, {static} (compiled once for each value), or loop" if static else ""
        return f"{fixed or 'Loop'} in the compiled program: {loop}."
    if name in _BUILTINS and arguments:
        return f"Python's `{name}` asks for a value. Write `{_BUILTINS[name]}({arguments})`."
    if name in _CASTS and node.args:
        of = text_of(node.args[0])
        return f"Leave it an array, `jnp.asarray({of}, {name})`; or call `{name}` on the result."
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("item", "tolist"):
        return f"Leave it an array: `{text_of(node.func.value)}`; take its value outside."
    if twin := _numpy_twin(node.func, failure.names):
        return f"NumPy needs values. Write `{twin}({arguments})`."
    if static:
        return f"Shapes are fixed while JAX traces. Hold it fixed too: {static}."
    return ""


def _numpy_twin(function: ast.expr, names: Mapping[str, Any]) -> str:
    """What `jnp` calls a function of NumPy's; "" where it has none, or it is not NumPy's."""
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    module = names.get(function.value.id)
    is_numpy = isinstance(module, ModuleType) and module.__name__ in ("numpy", "math")
    return f"jnp.{function.attr}" if is_numpy and hasattr(jnp, function.attr) else ""
