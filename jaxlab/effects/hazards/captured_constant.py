"""A large array that a traced function closes over, and that becomes part of its program."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jaxlab import _jax
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen, Trace
from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.quantities import quantity
from jaxlab.settings import settings


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        if trace.function.traced_for != "jit" or trace.jaxpr is None:
            continue
        for place, constant in enumerate(trace.jaxpr.consts):
            size = getattr(constant, "nbytes", 0)
            if size < settings.constants:
                continue
            name, short = _name_of(constant, seen.namespace), _jax.short_type(constant)
            said = f"`{name}`" if name else "an array"
            readers = _readers(trace, place)
            yield Finding(
                hazard="captured-constant",
                harm="slow",
                headline=f"`{trace.name}` closes over {said}, {short}: {quantity(size, 'B')} "
                "are copied into its program.",
                what="An array that a traced function reads without being given it becomes a "
                "constant of the program: it is kept a second time, makes compiling slow, and a "
                "new array under the same name is not seen by the compiled program.",
                remedy=f"Give {said} to `{trace.name}` as an argument.",
                frames=(*(readers or (trace.defined,)), *trace.frames),
                evidence=(f"{short}, {size:,} bytes, not counted by JAX's memory analysis",),
            )


def _readers(trace: Trace, place: int) -> tuple[Frame, ...]:
    """The line that reads a constant first."""
    graph = trace.graph
    if graph is None:
        return ()
    consts = [value for value in graph.main.inputs if value.role == "const"]
    if place >= len(consts):
        return ()
    reading = (node for node in graph.main.nodes if consts[place] in node.inputs)
    frames = (frame for node in reading for frame in node.origin.frames[:1])
    return tuple(frame for frame, _ in zip(frames, range(1), strict=False))


def _name_of(constant: Any, namespace: Mapping[str, Any]) -> str:
    """What the user calls an array: a name, an entry of a container, an attribute; "" unknown."""
    for name, value in namespace.items():
        if name.startswith("_"):
            continue
        if _is_same(constant, value):
            return name
        for inner, part in _parts(value):
            if _is_same(constant, part):
                return f"{name}{inner}"
    return ""


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    if type(value) is dict:
        return [(f"[{key!r}]", part) for key, part in list(value.items())[:1000]]
    if type(value) in (list, tuple):
        return [(f"[{place}]", part) for place, part in enumerate(value[:1000])]
    try:
        return [(f".{name}", part) for name, part in vars(value).items()]
    except TypeError:  # it has no attributes of its own
        return []


def _is_same(constant: Any, value: Any) -> bool:
    """Whether they are one array; JAX wraps those of NumPy anew, around the same memory."""
    if constant is value:
        return True
    if _jax.is_array(constant) or type(value).__module__ != "numpy":
        return False
    mine, other = (getattr(each, "__array_interface__", None) for each in (constant, value))
    return mine is not None and other is not None and mine["data"] == other["data"]


HAZARD = Hazard("captured-constant", "A large array copied into the program", "slow", _find)
