"""A call as text: what it calls, and with what."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
from typing import Any

from jaxlab.errors import InputError, cut


def evaluate_call(
    magic: str, text: str, namespace: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The function and the arguments of a call, evaluated; the call itself is not made.

    Args:
      magic: the name of the magic that asks, for what is said of bad input.
      text: the call.
      namespace: the user's.

    Raises:
      InputError: the text is no call.
    """
    try:
        tree = ast.parse(text, f"<{magic}>", mode="eval")
    except SyntaxError as error:
        raise InputError(f"`%{magic}` can't read `{cut(text, 60)}`: {error.msg}.") from None
    call = tree.body
    if not isinstance(call, ast.Call):
        raise InputError(_no_call(magic, text, namespace))
    function = eval(compile(ast.Expression(call.func), f"<{magic}>", "eval"), namespace)
    taken: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    call.func = ast.copy_location(ast.Name("__jaxlab_take__", ast.Load()), call.func)

    def take(*args: Any, **kwargs: Any) -> None:
        taken.append((args, kwargs))

    eval(compile(tree, f"<{magic}>", "eval"), namespace, {"__jaxlab_take__": take})
    args, kwargs = taken[0]
    return function, args, kwargs


def _no_call(magic: str, text: str, namespace: dict[str, Any]) -> str:
    name = cut(text, 40)
    value = namespace.get(text)
    if callable(value):
        return (
            f"`%{magic}` needs a call, got the function `{name}`. Write the arguments too: "
            f"`%{magic} {name}(params, batch)`."
        )
    kind = "" if text not in namespace else f" (a {type(value).__name__})"
    return f"`%{magic}` needs a call, got `{name}`{kind}. Write one: `%{magic} f(x)`."
