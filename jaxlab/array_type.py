"""The types of values: dtype, shape, and what a stage knows besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import prod

_BYTES = {
    "bool": 1,
    "pred": 1,
    "c64": 8,
    "c128": 16,
    "token": 0,
    "key<fry>": 8,
    "key<rbg>": 16,
    "key<urbg>": 16,
}


@lru_cache(maxsize=1024)
def dtype_bits(dtype: str) -> int | None:
    """Bits of one element by its short name (`f32`, `bf16`, `s4`, `f8e4m3fn`); None if unknown."""
    if dtype in _BYTES:
        return 8 * _BYTES[dtype]
    name = dtype[1:] if dtype.startswith("b") else dtype
    digits = ""
    for character in name[1:]:
        if not character.isdigit():
            break
        digits += character
    return int(digits) if digits and name[0] in "fsui" else None


@dataclass(frozen=True, slots=True)
class ArrayType:
    """The type of a value: dtype, shape, and what a stage knows besides.

    Attributes:
      dtype: short name (`f32`, `bf16`, `i32`, `bool`; HLO's own `s32`, `pred`), or `tuple`,
        `token`, `key<fry>`, or a name that only that stage knows.
      shape: sizes; a name where a dimension is symbolic.
      weak: JAX's weak type (a Python scalar's).
      kind: "array", or "ref" (a mutable reference), "tuple", "token", "opaque".
      layout: HLO's minor-to-major order and tiles, `{1,0:T(8,128)}`; "" where none is set.
      memory_space: where it lives if not in the default memory.
      sharding: how it is laid over devices, as that stage writes it.
      elements: the types inside a tuple.
    """

    dtype: str
    shape: tuple[int | str, ...] = ()
    weak: bool = False
    kind: str = "array"
    layout: str = ""
    memory_space: str = ""
    sharding: str = ""
    elements: tuple[ArrayType, ...] = ()
    size: int | None = field(init=False, repr=False, compare=False)
    """How many elements; None where a size is not known, and for what is no array."""
    bytes: int | None = field(init=False, repr=False, compare=False)
    """Bytes of the data, without padding; None where a size or the dtype is not known."""

    def __post_init__(self) -> None:
        # Types are few, and asked for often.
        object.__setattr__(self, "size", self._size())
        object.__setattr__(self, "bytes", self._bytes())

    def _size(self) -> int | None:
        sizes = [size for size in self.shape if isinstance(size, int)]
        is_known = len(sizes) == len(self.shape) and self.kind in ("array", "ref")
        return prod(sizes) if is_known else None

    def _bytes(self) -> int | None:
        if self.kind == "tuple":
            parts = [element.bytes for element in self.elements]
            return None if None in parts else sum(part for part in parts if part is not None)
        sizes = [size for size in self.shape if isinstance(size, int)]
        bits = dtype_bits(self.dtype)
        if bits is None or len(sizes) < len(self.shape):
            return None
        return (prod(sizes) * bits + 7) // 8

    def __str__(self) -> str:
        if self.kind == "tuple":
            return f"({', '.join(map(str, self.elements))})"
        if self.kind == "token" or (self.kind == "opaque" and not self.shape):
            return self.dtype
        text = f"{self.dtype}[{','.join(map(str, self.shape))}]"
        return f"Ref{{{text}}}" if self.kind == "ref" else text


UNKNOWN_TYPE = ArrayType("?", kind="opaque")
