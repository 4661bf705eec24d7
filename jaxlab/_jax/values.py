"""Arrays, tracers and abstract values; devices and errors."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from typing import Any

import jax
from jax._src import (
    api_util,
    config,
    core,
    source_info_util,
    xla_bridge,
)
from jax._src.state.types import AbstractRef


def leaves(tree: Any) -> list[Any]:
    """The leaves of a pytree."""
    return jax.tree_util.tree_leaves(tree)


def is_traceable(leaf: Any) -> bool:
    """True for a leaf that `jax.jit` takes as an argument: arrays, scalars, abstract values."""
    return (
        isinstance(leaf, jax.ShapeDtypeStruct | core.AbstractValue)
        or abstract_value(leaf) is not None
    )


NEEDS_VALUE: tuple[type[Exception], ...] = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""Errors of code that needs the value of a traced array."""

FOUND_NAN: tuple[type[Exception], ...] = (api_util.InternalFloatingPointError,)
"""What a compiled program raises under `jax_debug_nans` and `jax_debug_infs`."""


def short_type(value: Any) -> str:
    """The type of an array in short, `f32[8,4]`."""
    return core.typeof(value).str_short(short_dtypes=True)


def platforms() -> tuple[str, ...]:
    """The platforms that started, the default one first."""
    started = xla_bridge.backends()
    default = jax.default_backend()
    return (default, *(name for name in started if started[name].platform != default))


def has_started() -> bool:
    """Whether JAX has started its devices' platforms: settings for them then come too late."""
    return bool(xla_bridge.backends_are_initialized())


def checks_leaks() -> bool:
    """Whether JAX looks for whoever holds a tracer as its trace ends: nobody may, for that long."""
    return bool(config.check_tracer_leaks.value)


def failed_platforms() -> tuple[tuple[str, str], ...]:
    """Platforms that were tried and did not start, with the reason in a line."""
    return tuple(
        (name, (str(why).strip() or "no reason given").splitlines()[0])
        for name, why in xla_bridge._backend_errors.items()
    )


def abstract_value(value: Any) -> Any:
    """JAX's abstract value of an array, a scalar, a key or a reference; None if it has none."""
    try:
        return core.typeof(value)
    except TypeError:
        return None


def is_current_tracer(value: Any) -> bool:
    """True for a tracer of the trace that is under way here, not one left over from another."""
    return isinstance(value, core.Tracer) and value._trace is core.trace_ctx.trace


def is_reference(aval: Any) -> bool:
    """True for the abstract value of a mutable reference."""
    return isinstance(aval, AbstractRef)


def is_array(value: Any) -> bool:
    """True for a concrete jax.Array; tracers are none."""
    return isinstance(value, jax.Array) and not isinstance(value, core.Tracer)


def current_source_info() -> Any:
    """JAX's record of the line that runs now and of its name stack."""
    return source_info_util.current()
