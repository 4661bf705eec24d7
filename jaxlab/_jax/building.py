"""Jaxprs from the notes of a recording."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jax._src import (
    core,
    linear_util,
    pjit,
)
from jax._src.effects import JaxprInputEffect
from jax._src.interpreters import partial_eval

from jaxlab._jax.jaxprs import _ClosedJaxpr

EAGER_SHARD_MAP = core.Primitive("shard_map")

EAGER_SHARD_MAP.multiple_results = True

COMPILED_CALL = core.Primitive("compiled_call")

COMPILED_CALL.multiple_results = True

REPEAT = core.Primitive("repeat")

REPEAT.multiple_results = True


def new_variable(aval: Any) -> Any:
    """A fresh jaxpr variable."""
    return core.Var(aval)


def dropped(aval: Any) -> Any:
    """The variable of a result that nothing reads."""
    return core.DropVar(aval)


def literal(value: Any) -> Any:
    """A literal of a Python or NumPy scalar."""
    return core.Literal(value, core.typeof(value))


def new_equation(
    primitive: Any, params: dict[str, Any], inputs: list[Any], outputs: list[Any], source: Any
) -> Any:
    """An equation; its effects are asked of the primitive."""
    if primitive is REPEAT:
        effects = params["jaxpr"].effects
        effects = {effect for effect in effects if not isinstance(effect, JaxprInputEffect)}
    else:
        effects = _effects_of(primitive, params, [atom.aval for atom in inputs])
    return core.new_jaxpr_eqn(inputs, outputs, primitive, params, effects, source)


def _effects_of(primitive: Any, params: dict[str, Any], avals: list[Any]) -> Any:
    if primitive in (COMPILED_CALL, EAGER_SHARD_MAP):
        return core.no_effects
    if primitive is pjit.jit_p:
        closed = params["jaxpr"]
        positional: Any = getattr(core, "positional_effects", None)  # JAX 0.12
        return closed.effects if positional is None else positional(closed)
    try:
        return primitive.abstract_eval(*avals, **params)[1]
    except Exception:  # a primitive that has no rule for abstract values: it is known by name only
        return core.no_effects


def new_closed_jaxpr(
    inputs: list[Any],
    outputs: list[Any],
    equations: list[Any],
    name: str,
    input_names: Sequence[str],
    output_names: Sequence[str],
) -> Any:
    """A ClosedJaxpr without constants, from equations in order."""
    debug_info = linear_util.DebugInfo("record", name, tuple(input_names), tuple(output_names))
    effects = partial_eval.make_jaxpr_effects([], inputs, outputs, equations)
    return _ClosedJaxpr(core.Jaxpr([], inputs, outputs, equations, effects, debug_info), [])
