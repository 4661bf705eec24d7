"""Traced, lowered and compiled programs, and the modules in them."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax._src import (
    core,
    pjit,
)
from jax._src.interpreters import mlir
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo

from jaxlab._jax.frames import VERSION, is_user_file
from jaxlab._jax.jaxprs import open_jaxpr

if VERSION >= (0, 10, 2):
    from jaxlib import _hlo  # pyright: ignore[reportAttributeAccessIssue]
else:
    from jaxlib import _jax as _hlo  # pyright: ignore[reportAttributeAccessIssue]

_LOCATION_KINDS = {
    "NameLoc": "name",
    "FusedLoc": "fused",
    "CallSiteLoc": "call site",
    "FileLineColLoc": "file",
}


def location_kind(location: ir.Location) -> str:
    """What an MLIR location is: "name", "fused", "call site" or "file"; "" if it says nothing."""
    if VERSION >= (0, 10, 2):
        return _LOCATION_KINDS.get(type(location).__name__, "")
    older: Any = location  # JAX 0.10.0 and 0.10.1 have one class for all of them
    is_a = {
        "name": older.is_a_name,
        "fused": older.is_a_fused,
        "call site": older.is_a_callsite,
        "file": older.is_a_file,
    }
    return next((kind for kind, holds in is_a.items() if holds()), "")


def parse_module(module: str | bytes) -> ir.Module:
    """Parse MLIR text or bytecode with JAX's dialects; operations of others are kept as they are.

    Raises `ir.MLIRError` or ValueError for what is no module.
    """
    # make_ir_context hands out a shared context in JAX 0.12, which ours must not loosen.
    make_context = getattr(mlir, "_create_ir_context", mlir.make_ir_context)
    context = make_context()
    context.allow_unregistered_dialects = True
    with context:
        if isinstance(module, bytes) and b"StableHLO_v" in module[:32]:
            return stablehlo.deserialize_portable_artifact(context, module)
        return ir.Module.parse(module)


def hlo_text_to_proto(text: str) -> bytes:
    """HLO text as a serialized HloModuleProto.

    Raises ValueError, with the parser's complaint in one line, for what is no HLO text.
    """
    try:
        return _hlo.hlo_module_from_text(text).as_serialized_hlo_module_proto()
    except (RuntimeError, TypeError) as error:
        found = re.search(r"was parsing (\d+):(\d+): error: (.*)", str(error))
        if found is None:
            raise ValueError(str(error).partition("\n")[0]) from None
        raise ValueError(f"line {found[1]}, column {found[2]}: {found[3]}") from None


def traced_name(traced: jax.stages.Traced) -> str:
    """The name of the function that was traced."""
    return str(traced.fun_name)


def is_module(value: Any) -> bool:
    """True for an MLIR module."""
    return isinstance(value, ir.Module)


def compiled_name(compiled: Any) -> str:
    """The name of an ahead-of-time compiled object's module."""
    return str(compiled.runtime_executable().hlo_modules()[0].name)


def source_of_jit(params: dict[str, Any]) -> tuple[str, int]:
    """The file and the line that a jitted function was defined at; ("", 0) where JAX has none."""
    _, _, place = (params["jaxpr"].debug_info.func_src_info or "").rpartition(" at ")
    filename, _, line = place.rpartition(":")
    return (filename, int(line)) if line.isdigit() else ("", 0)


def is_users_jit(params: dict[str, Any]) -> bool:
    """True for a jitted function that was defined outside JAX; jnp's own little jits are not."""
    filename, _ = source_of_jit(params)
    return bool(filename) and is_user_file(filename)


def meta_types(args: Sequence[Any]) -> list[Any]:
    """What JAX needs of arguments to lower a call of them again; the arrays are not kept."""
    return [pjit.convert_to_metaty(arg) for arg in args]


def traced_of_call(params: dict[str, Any], in_types: Sequence[Any]) -> jax.stages.Traced:
    """A Traced for a jitted call that was seen, over its flat arguments and results."""
    closed = params["jaxpr"]
    _, in_tree = jax.tree_util.tree_flatten((tuple(in_types), {}))
    _, out_tree = jax.tree_util.tree_flatten(list(closed.out_avals))
    fields: list[Any] = [list(in_types), dict(params), in_tree, out_tree, []]
    if "fun_sourceinfo" in inspect.signature(jax.stages.Traced).parameters:  # JAX 0.12
        fields.append(closed.debug_info.func_src_info)
    return jax.stages.Traced(*fields)


def flat_program(
    traced: jax.stages.Traced, input_names: Sequence[str], output_names: Sequence[str]
) -> tuple[jax.stages.Traced, list[int] | None]:
    """A Traced over flat arguments and results, with names for them, and only those it reads.

    Returns:
      The Traced, and the positions of the arguments that it kept; the very same Traced and None
      where it has values of hijax types, which stand for several arrays each, or took tracers
      of another trace (running it gives JAX's own error for those).
    """
    params = dict(traced._params)
    closed = params["jaxpr"]
    avals = [*closed.in_avals, *closed.out_avals]
    is_high = getattr(closed, "is_high", False) or any(getattr(a, "is_high", False) for a in avals)
    if is_high or traced._consts:
        return traced, None
    inner = open_jaxpr(closed)[0]
    read = {id(atom) for eqn in inner.eqns for atom in eqn.invars}
    read |= {id(atom) for atom in inner.outvars}
    kept = [index for index, variable in enumerate(closed.invars) if id(variable) in read]
    debug_info = inner.debug_info._replace(
        arg_names=tuple(input_names[index] for index in kept), result_paths=tuple(output_names)
    )
    variables = [closed.invars[index] for index in kept]
    params["jaxpr"] = closed.replace(
        **(
            {"invars": variables, "debug_info": debug_info}
            if inner is closed  # JAX 0.12
            else {"jaxpr": inner.replace(invars=variables, debug_info=debug_info)}
        )
    )
    for name in ("in_shardings", "in_layouts", "donated_invars"):
        params[name] = tuple(params[name][index] for index in kept)
    return traced_of_call(params, [traced._meta_tys_flat[index] for index in kept]), kept


def evaluator(traced: jax.stages.Traced) -> Callable[..., list[Any]]:
    """Runs a traced program through `jax.jit`, over its flat arguments.

    For programs with hijax types: JAX's compiled objects don't take their arguments (0.12).
    """
    run = jax.jit(core.jaxpr_as_fun(traced._params["jaxpr"]))

    def evaluate(*args: Any) -> list[Any]:
        return run(*traced._consts, *args)

    return evaluate


def traced_of_jaxpr(closed: Any, name: str) -> jax.stages.Traced:
    """A Traced for a whole ClosedJaxpr without constants, as if it were one jitted function."""

    def cell(*args: Any) -> Any:
        return core.jaxpr_as_fun(closed)(*args)

    cell.__name__ = cell.__qualname__ = name
    types = [
        jax.ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=getattr(aval, "weak_type", False))
        for aval in closed.in_avals
    ]
    return jax.jit(cell).trace(*types)


def stablehlo_module(lowered: jax.stages.Lowered) -> ir.Module:
    """The MLIR module of a lowered program."""
    module: Any = lowered.compiler_ir("stablehlo")
    return module


def hlo_proto(executable: Any) -> bytes:
    """The optimized HLO of an executable, or of a `Compiled`, as a serialized HloModuleProto."""
    if hasattr(executable, "runtime_executable"):
        executable = executable.runtime_executable()
    modules = executable.hlo_modules()
    return modules[0].as_serialized_hlo_module_proto()


def is_jitted(function: Any) -> bool:
    """True for what `jax.jit` gave; jits of other libraries have the same protocol."""
    return hasattr(function, "_jit_info")


def takes_arrays_only(traced: jax.stages.Traced) -> bool:
    """False where arguments or results are of hijax types, which stand for several arrays each.

    JAX's compiled objects don't take or give those (0.12).
    """
    closed: Any = traced.jaxpr
    return not any(
        getattr(aval, "is_high", False) for aval in (*closed.in_avals, *closed.out_avals)
    )


def call_inputs(
    jitted: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that a compiled call of a jitted function takes: all but the static ones."""
    known: Any = getattr(jitted, "_jit_info", None)
    if known is None:
        return args, kwargs
    static = {
        place % len(args) for place in known.static_argnums if -len(args) <= place < len(args)
    }
    return (
        tuple(arg for place, arg in enumerate(args) if place not in static),
        {name: value for name, value in kwargs.items() if name not in known.static_argnames},
    )


def direct_call(compiled: jax.stages.Compiled) -> Callable[..., Any]:
    """What a call of a compiled program ends in, as fast as one of a jitted function.

    The program must have been called before.
    """
    return getattr(compiled, "_call", None) or compiled
