"""A time that was taken before the work was done: JAX only starts it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.effects.timings import Timing, timings
from jaxlab.finding import Finding

_WAITS = re.compile(
    r"block_until_ready|effects_barrier|device_get|asarray|np\.array|float\(|int\(|bool\(|"
    r"\.item\(|\.tolist\(|print\(|\.result\("
)
_LEAVES_OUT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _find(seen: Seen) -> Iterator[Finding]:
    told = set[tuple[str, int]]()
    for timing in timings(seen):
        place = timing.stop.frame.file, timing.stop.frame.line
        if place in told:
            continue
        names = _awaited(timing)
        call = "" if names else _dropped(seen, timing)
        if names or call:
            told.add(place)
            yield _finding(timing, names[0] if names else "", call)


def _finding(timing: Timing, name: str, call: str) -> Finding:
    what = f"`{name}` was not computed yet" if name else f"nobody waits for the result of `{call}`"
    return Finding(
        hazard="not-blocked",
        harm="wrong result",
        headline=f"The time taken in {timing.said} is too short: {what} when the clock was read.",
        what="JAX runs asynchronously: a call returns as soon as the work is under way, and what "
        "was timed is mostly how long it took to ask for it.",
        remedy=(
            f"Wait before the clock is read: `jax.block_until_ready({name})`."
            if name
            else f"Wait for it before the clock is read: `jax.block_until_ready({call})`."
        ),
        frames=timing.frames,
        when="run",
    )


def _awaited(timing: Timing) -> list[str]:
    """The variables set in between whose arrays were not there at the end."""
    set_here = {
        node.id
        for statement in timing.statements()
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return [name for name in timing.stop.waits if name in set_here]


def _dropped(seen: Seen, timing: Timing) -> str:
    """A jitted call in between of which nobody has the result, as written; "" where there is none.

    Where anything in between waits for some result, earlier ones are taken to be done as well.
    """
    statements = [each for each in timing.statements() if not isinstance(each, _LEAVES_OUT)]
    if any(_WAITS.search(ast.unparse(each)) for each in statements):
        return ""
    dropped = {
        each.lineno: ast.unparse(each.value)
        for each in statements
        if isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and not any(isinstance(node, ast.Call) for node in _arguments(each.value))
    }
    calls = (
        call.frame.line
        for call in seen.calls
        if call.what == "jit"
        and timing.start.at <= call.at <= timing.stop.at
        and timing.has(call.frame)
    )
    return next((dropped[line] for line in calls if line in dropped), "")


def _arguments(call: ast.Call) -> Iterator[ast.AST]:
    for each in (*call.args, *call.keywords):
        yield from ast.walk(each)


HAZARD = Hazard("not-blocked", "A time taken before the work was done", "wrong result", _find)
