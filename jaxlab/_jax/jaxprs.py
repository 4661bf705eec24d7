"""What jaxprs and their equations are made of."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax._src import (
    core,
    linear_util,
    source_info_util,
)
from jax._src.effects import JaxprInputEffect
from jax._src.hashable_array import HashableArray

# JAX 0.10: a ClosedJaxpr wraps a Jaxpr. JAX 0.12: a Jaxpr has its consts itself.
_ClosedJaxpr: Any = getattr(core, "ClosedJaxpr", core.Jaxpr)

JAXPR_TYPES: tuple[Any, ...] = (core.Jaxpr, _ClosedJaxpr)

LITERAL: Any = core.Literal

ARRAY_TYPES: tuple[Any, ...] = (jax.Array, np.ndarray, core.Ref, core.Tracer, HashableArray)

RULE: Any = linear_util.WrappedFun


def open_jaxpr(jaxpr: Any) -> tuple[Any, tuple[Any, ...]]:
    """The Jaxpr object, whose identity makes a region, and the values of its consts.

    There are no values where a Jaxpr of JAX 0.10 is open.
    """
    if _ClosedJaxpr is core.Jaxpr:  # JAX 0.12
        return jaxpr, tuple(jaxpr.consts)
    if isinstance(jaxpr, _ClosedJaxpr):  # JAX 0.10
        return jaxpr.jaxpr, tuple(jaxpr.consts)
    return jaxpr, ()


def is_tracer(value: Any) -> bool:
    """True for the stand-in that a transform passes instead of an array."""
    return isinstance(value, core.Tracer)


def inside_hashable(value: Any) -> Any:
    """The array that an FFI call's attribute is wrapped round; anything else as it is."""
    return value.val if isinstance(value, HashableArray) else value


def is_token(aval: Any) -> bool:
    """True for the abstract value that orders effects and holds no data."""
    return isinstance(aval, core.AbstractToken)


def rule_name(value: Any) -> str:
    """The name of a rule that JAX keeps as a function to trace later; "" for anything else."""
    return str(value.debug_info.func_name) if isinstance(value, linear_util.WrappedFun) else ""


def names_of(jaxpr: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What JAX knows of a Jaxpr's names: the function's, the inputs' and the results'.

    "" stands for a name that JAX doesn't know; the tuples are as long as the Jaxpr's lists.
    """
    debug = jaxpr.debug_info
    inputs, results = debug.arg_names, debug.result_paths
    function = str(debug.func_name)
    if not isinstance(inputs, tuple) or len(inputs) != len(jaxpr.invars):
        inputs = ("",) * len(jaxpr.invars)
    if not isinstance(results, tuple) or len(results) != len(jaxpr.outvars):
        results = ("",) * len(jaxpr.outvars)
    return ("" if function.startswith(("<unknown", "<missing")) else function), inputs, results


def equation_context(equation: Any) -> dict[str, Any]:
    """What an equation was given by the `with` blocks around it, where it was given something.

    `xla_metadata` (of `set_xla_metadata`) and `compute_type` (of `compute_on`).
    """
    context = equation.ctx
    found: dict[str, Any] = {}
    if context.xla_metadata:
        found["xla_metadata"] = dict(context.xla_metadata)
    if context.compute_type is not None:
        found["compute_type"] = context.compute_type
    return found


def is_transform(element: Any) -> bool:
    """True for a name stack's element that a transform put there, not a named scope."""
    return isinstance(element, source_info_util.Transform)


def effect_name(effect: Any, operands: Sequence[Any]) -> str:
    """An effect's name: `Debug`, `OrderedIO`, `NamedAxis<i>`, `Write<0>` (of operand 0)."""
    name = type(effect).__name__.removesuffix("Effect")
    if isinstance(effect, JaxprInputEffect):
        # JAX 0.10.0 has `input_index`; later the equation's Var itself, or a position.
        target = getattr(effect, "input", getattr(effect, "input_index", None))
        positions = [at for at, operand in enumerate(operands) if operand is target]
        if isinstance(target, int):
            positions = [target]
        return f"{name}<{positions[0] if positions else '?'}>"
    if isinstance(effect, core.NamedAxisEffect):
        return f"{name}<{effect.name}>"
    if type(effect).__str__ is not object.__str__:
        return str(effect)
    return name
