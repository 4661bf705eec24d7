"""A tracer asked for its value: `if`, `range`, `float`, a mask, NumPy, while JAX traces."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import jax

from jaxlab.effects.failure import Failure
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.rewrites import rewrite_of, static_of, text_of
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame

_ERRORS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
_SAID = (
    "Shapes must be 1D sequences of concrete values",
    "unsupported format string passed to",
    "unhashable type: '",
)


def _find(seen: Seen) -> Iterator[Finding]:
    failure = seen.failure
    if failure is None or not _is_one(failure):
        return
    code = failure.expression
    names = failure.tracers_in(code)
    asked = f"`{text_of(code)}`" if code is not None else "this line"
    known = ", ".join(f"`{name}`" for name in names)
    which = f": {known} {'is a tracer' if len(names) == 1 else 'are tracers'}" if names else ""
    yield Finding(
        hazard="concretisation",
        harm="lost work",
        headline=f"{asked} asks for a value while JAX traces{which}.",
        what="While JAX traces a function, its arrays are tracers: they have a shape and a type, "
        f"and no value yet.{_why(failure)}",
        remedy=rewrite_of(failure) or _in_general(failure),
        frames=(failure.frame, *_made(failure, names)),
        evidence=tuple(_evidence(failure, names)),
    )


def _is_one(failure: Failure) -> bool:
    if isinstance(failure.error, _ERRORS):
        return True
    said = failure.message.startswith(_SAID)
    return said and isinstance(failure.error, TypeError) and "Tracer" in failure.message


def _why(failure: Failure) -> str:
    traced = failure.traced
    if traced is None or not traced.arguments:
        return ""
    many = "s" if len(traced.arguments) > 1 else ""
    listed = ", ".join(f"`{name}`" for name in traced.arguments)
    return f" This one depends on the argument{many} {listed} of `{traced.function}`."


def _in_general(failure: Failure) -> str:
    traced = failure.traced
    static = static_of(failure, traced.arguments) if traced is not None else ""
    fixed = f", or hold the argument fixed: {static}" if static else ""
    return f"Use operations of `jnp` and `jax.lax` on it{fixed}."


def _made(failure: Failure, names: tuple[str, ...]) -> tuple[Frame, ...]:
    """The lines that made the tracers: assignments before, and the traced function."""
    lines = [line for name in names if (line := _assigned(failure, name)) is not None]
    if failure.traced is not None:
        traced = failure.traced
        lines.append(Frame(traced.file, traced.line, traced.function))
    return tuple(dict.fromkeys(lines))


def _assigned(failure: Failure, name: str) -> Frame | None:
    """The last line before that gives a name its value, in the same function."""
    function = next((each for each in failure.path if isinstance(each, ast.FunctionDef)), None)
    if function is None:
        return None
    lines = [
        each.lineno
        for each in ast.walk(function)
        if isinstance(each, ast.Name)
        and each.id == name
        and isinstance(each.ctx, ast.Store)
        and each.lineno < failure.frame.line
    ]
    return Frame(failure.frame.file, max(lines), function.name) if lines else None


def _evidence(failure: Failure, names: tuple[str, ...]) -> Iterator[str]:
    for name in names[:4]:
        tracer = failure.names[name]
        shape = ",".join(map(str, tracer.shape))
        yield f"{name}: {tracer.dtype}[{shape}]"


HAZARD = Hazard("concretisation", "A tracer asked for its value", "lost work", _find)
