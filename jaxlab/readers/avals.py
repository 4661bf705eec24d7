"""Abstract values to ArrayTypes: what JAX knows of a value before it has one."""

# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

from jaxlab._jax import is_token
from jaxlab.errors import cut
from jaxlab.graph import ArrayType


def array_type(aval: Any) -> ArrayType:
    """The ArrayType of a JAX abstract value.

    Symbolic sizes become text. What is neither an array, a reference nor a token is of kind
    "opaque", and its dtype is how it writes itself. Nothing is lost but the mesh of a sharding.
    """
    inner = getattr(aval, "inner_aval", None)
    if inner is not None:
        return _reference_type(aval, array_type(inner))
    if is_token(aval):
        return ArrayType("token", kind="token")
    shape, dtype = getattr(aval, "shape", None), getattr(aval, "dtype", None)
    if shape is None or dtype is None:
        return ArrayType(opaque_text(aval), kind="opaque")
    return ArrayType(
        dtype_name(dtype),
        tuple(size if type(size) is int else _size(size) for size in shape),
        weak=bool(getattr(aval, "weak_type", False)),
        memory_space=_memory_space(getattr(aval, "memory_space", None)),
        sharding=_sharding(aval),
    )


def dtype_name(dtype: Any) -> str:
    """The short name of a dtype: `f32`, `bf16`, `u8`, `c64`, `bool`, `f8e4m3fn`, `key<fry>`."""
    name = str(getattr(dtype, "name", dtype))
    if name.startswith("void"):
        return "float0"
    for long, short in (("bfloat", "bf"), ("float", "f"), ("complex", "c"), ("uint", "u")):
        if name.startswith(long):
            return short + name.removeprefix(long).replace("_", "")
    return "i" + name.removeprefix("int") if name.startswith("int") else name


def opaque_text(thing: Any) -> str:
    """How an object writes itself, cut; its class where that fails or says only an address."""
    name = type(thing).__qualname__
    try:
        text = str(thing)
    except Exception as error:  # a user's own class; its failure must not stop the reading
        return f"{name} (its text failed: {type(error).__name__})"
    return name if not text or " object at 0x" in text else cut(text, 10_000)


def _reference_type(aval: Any, inner: ArrayType) -> ArrayType:
    space = _memory_space(getattr(aval, "memory_space", None)) or inner.memory_space
    kind = "ref" if inner.kind == "array" else inner.kind
    return ArrayType(
        inner.dtype, inner.shape, inner.weak, kind, memory_space=space, sharding=inner.sharding
    )


def _size(size: Any) -> int | str:
    return int(size) if hasattr(type(size), "__index__") and _is_number(size) else str(size)


def _is_number(size: Any) -> bool:
    """False for a symbolic size, which has `__index__` only to complain when it is used."""
    return type(size).__module__.partition(".")[0] in ("builtins", "numpy")


def _memory_space(space: Any) -> str:
    name = str(getattr(space, "name", None) or ("" if space is None else space)).lower()
    return "" if name in ("device", "default") else name


def _sharding(aval: Any) -> str:
    """The axes that an array is split over, as JAX writes them: `P('x', None)`, `{V:i}`."""
    spec = getattr(getattr(aval, "sharding", None), "spec", None)
    text = ""
    if spec is not None and (
        any(part is not None for part in spec)
        or getattr(spec, "unreduced", None)
        or getattr(spec, "reduced", None)
    ):
        text = str(spec).replace("PartitionSpec(", "P(")
    manual = getattr(aval, "manual_axis_type", None)
    if manual is None:
        return text
    kinds = (("V", manual.varying), ("U", manual.unreduced), ("R", manual.reduced))
    parts = [f"{letter}:{','.join(sorted(map(str, axes)))}" for letter, axes in kinds if axes]
    return text + ("{" + ", ".join(parts) + "}" if parts else "")
