"""A NaN or an infinity: the first operation that makes one, and how it spread."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.checks import NotFinite
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.graph import Graph
from jaxlab.origin import Frame

_REMEDIES = {
    "log": "Keep the argument of `log` above 0: `jnp.log(jnp.maximum(x, tiny))`, "
    "`jax.nn.log_softmax`, `jax.scipy.special.xlogy`.",
    "exp": "Keep the argument of `exp` small: subtract the maximum first, as "
    "`jax.nn.softmax` and `jax.nn.logsumexp` do.",
    "div": "Keep the divisor away from 0: `x / jnp.where(y == 0, 1, y)`, or add a small number.",
    "sqrt": "Keep the argument of `sqrt` at 0 or above; its gradient is infinite at 0, so for "
    "gradients above it: `jnp.sqrt(x + tiny)`.",
    "gather": "An index that is out of bounds reads NaN: `%%jaxeffects --bounds` finds it.",
}
_ALIKE = {"log1p": "log", "exp2": "exp", "expm1": "exp", "rsqrt": "sqrt", "rem": "div"}
_MASKED = (
    "If the value is masked later by `jnp.where`, mask what goes *into* the operation too: the "
    "gradient goes through both sides, `jnp.where(ok, f(jnp.where(ok, x, 1)), 0)`."
)

_IN_GENERAL = "Look at the ranges below: keep the operands where the operation is defined."


def _find(seen: Seen) -> Iterator[Finding]:
    if seen.checked is None:
        return
    for each in seen.checked.not_finite:
        yield _of_call(each) if each.origin is None else _of_origin(seen, each)


def _of_origin(seen: Seen, found: NotFinite) -> Finding:
    origin = found.origin
    assert origin is not None
    line = origin.frames[0] if origin.frames else found.frame
    place = f" in line {line.line}" if line is not None else ""
    where = f", {origin.gradient}" if origin.gradient else ""
    made = "NaN" if any(each.nans for each in origin.outputs) else "infinity"
    inside = f", in {', '.join(origin.inside)}" if origin.inside else ""
    remedy = _REMEDIES.get(_ALIKE.get(origin.operation, origin.operation), "")
    return Finding(
        hazard="nan-origin",
        harm="wrong result",
        headline=f"The first {made} of `{found.name}` comes from `{origin.operation}`"
        f"{place}{where}{inside}.",
        what="Its operands were all finite, and its result is not. What is computed from a NaN is "
        "NaN, so the values that show it may be far from the line that makes it.",
        remedy=f"{remedy} {_MASKED}".strip() if origin.gradient else remedy or _IN_GENERAL,
        frames=tuple(dict.fromkeys([*origin.frames[:3], *_lines(found.frame)])),
        when="run",
        nodes=_nodes(seen.graph, origin.operation, line),
        evidence=(
            *(f"operand: {each}" for each in origin.inputs[:4]),
            *(f"result: {each}" for each in origin.outputs[:4]),
            *_spread(found),
        ),
    )


def _of_call(found: NotFinite) -> Finding:
    bad = next((each for each in found.results if each.nans or each.infinities), None)
    made = "NaN" if bad is None or bad.nans else "infinity"
    remedy = _REMEDIES.get(_ALIKE.get(found.name, found.name), _IN_GENERAL)
    return Finding(
        hazard="nan-origin",
        harm="wrong result",
        headline=f"`{found.name}` gives {made} for finite values.",
        what="Its operands were all finite, and its result is not.",
        remedy=remedy,
        frames=_lines(found.frame),
        when="run",
        evidence=(
            *(f"operand: {each}" for each in found.arguments[:4]),
            *(f"result: {each}" for each in found.results[:4]),
        ),
    )


def _lines(frame: Frame | None) -> tuple[Frame, ...]:
    return () if frame is None else (frame,)


def _spread(found: NotFinite) -> Iterator[str]:
    origin = found.origin
    if origin is not None and origin.spread:
        steps = (f"{name} ({line.line})" if line else name for name, line in origin.spread)
        yield f"then, with lines: {' → '.join(steps)}"


def _nodes(graph: Graph | None, operation: str, line: Frame | None) -> tuple[str, ...]:
    """The nodes of that operation on that line."""
    if graph is None or line is None:
        return ()
    return tuple(
        node.id
        for node in graph.nodes()
        if node.op == operation
        and any((f.file, f.line) == (line.file, line.line) for f in node.origin.frames[:1])
    )


HAZARD = Hazard("nan-origin", "Where a NaN comes from", "wrong result", _find, option="nan")
