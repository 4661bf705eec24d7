"""Tracers that are still alive, and where they come from."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import gc
from typing import Any

from jax._src import core
from jax._src.interpreters import partial_eval

from jaxlab._jax.frames import user_frames
from jaxlab.origin import Frame


def tracers_left() -> list[Any]:
    """The tracers that are alive though their trace has ended, by way of the garbage collector."""
    kinds: set[type] = set()
    waiting: list[type] = [core.Tracer]
    while waiting:
        kind = waiting.pop()
        kinds.add(kind)
        waiting += kind.__subclasses__()
    return [each for each in gc.get_objects() if type(each) in kinds and not _is_in_use(each)]


def _is_in_use(tracer: Any) -> bool:
    trace = tracer._trace  # JAX 0.10-0.12 empty its equations when it ends, and call it valid still
    return isinstance(trace, partial_eval.DynamicJaxprTrace) and bool(trace.frame.tracing_eqns)


def tracer_origin(tracer: Any) -> tuple[str, tuple[Frame, ...]]:
    """The traced function that a tracer belongs to, "" where not known, and the lines it is from.

    Tracers of an eager `grad` or `vmap` have neither.
    """
    info = getattr(tracer, "_line_info", None) or getattr(tracer, "source_info", None)
    frames = user_frames(getattr(info, "traceback", None))
    debug = getattr(tracer, "_debug_info", None)
    return str(getattr(debug, "func_name", "") or ""), frames
