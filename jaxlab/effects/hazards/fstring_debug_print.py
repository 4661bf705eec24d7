"""Text that is put together before `jax.debug.print` gets it: it shows the tracer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jaxlab.effects.failure import parsed
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import once_calls
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame


def _find(seen: Seen) -> Iterator[Finding]:
    places = {call.frame: call.frames for call in once_calls(seen, "formatted")}
    for each in seen.calls:  # under `vmap` or `grad` without `jit`
        if each.what == "formatted":
            places.setdefault(each.frame, (each.frame,))
    for frame, frames in places.items():
        yield Finding(
            hazard="fstring-debug-print",
            harm="surprise",
            headline="`jax.debug.print` got text with a tracer written into it, not the value.",
            what="An f-string, `.format` or `str` makes text of the tracer as soon as Python comes "
            "by, while JAX traces. Each run prints the same text, whatever the values are.",
            remedy=f"Leave the formatting to JAX: `{_rewritten(frame)}`.",
            frames=frames,
        )


def _rewritten(frame: Frame) -> str:
    """The call as it should be; an example where the line has no f-string."""
    tree = parsed(frame.file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and node.lineno <= frame.line <= (node.end_lineno or 0):
            text = node.args[0] if node.args else None
            if isinstance(text, ast.JoinedStr) and isinstance(node.func, ast.Attribute):
                return ast.unparse(_unformatted(node, text))
    return 'jax.debug.print("x = {}", x)'


def _unformatted(call: ast.Call, text: ast.JoinedStr) -> ast.Call:
    said, values = "", list[ast.expr]()
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            spec = part.format_spec
            is_plain = isinstance(spec, ast.JoinedStr) and len(spec.values) == 1
            first = spec.values[0] if isinstance(spec, ast.JoinedStr) and is_plain else None
            ending = f":{first.value}" if isinstance(first, ast.Constant) else ""
            said += f"{{{ending}}}"
            values.append(part.value)
        elif isinstance(part, ast.Constant):
            said += str(part.value).replace("{", "{{").replace("}", "}}")
    return ast.Call(call.func, [ast.Constant(said), *values, *call.args[1:]], call.keywords)


HAZARD = Hazard("fstring-debug-print", "An f-string handed to `jax.debug.print`", "surprise", _find)
