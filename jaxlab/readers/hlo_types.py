"""HLO's shapes, layouts and literals: ShapeProto to ArrayType, and both as XLA's text has them."""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

import ml_dtypes
import numpy as np

from jaxlab.graph import ArrayType
from jaxlab.readers.hlo_schema import Message, names_of, parse, unknown_within

MOST_VALUES = 8
"""A constant with more elements than this is shown by its type and size."""

_SHORT_LITERAL = 256  # bytes

_OWN_KINDS = {"tuple": "tuple", "token": "token", "opaque": "opaque", "invalid": "opaque"}
_DIM_LEVELS = {0: "D", 1: "C", 2: "S", 3: "H"}
_UNBOUNDED_TILE = -(2**63)  # a tile dimension that takes in the one beside it


def type_of(shape: Message) -> ArrayType:
    """The type that a ShapeProto describes. Equal shapes give the same object."""
    return _type_of_bytes(shape.SerializeToString())[0]


def type_and_unknown(shape: Message) -> tuple[ArrayType, dict[str, str]]:
    """The type, and what the ShapeProto holds that the schema does not know."""
    return _type_of_bytes(shape.SerializeToString())


@lru_cache(maxsize=65_536)
def _type_of_bytes(data: bytes) -> tuple[ArrayType, dict[str, str]]:
    shape: Message = parse("ShapeProto", data)
    return _read_type(shape), unknown_within(shape, "shape")


def _read_type(shape: Message) -> ArrayType:
    dtype = _dtype(shape.element_type)
    if dtype == "tuple":
        return ArrayType("tuple", kind="tuple", elements=tuple(map(type_of, shape.tuple_shapes)))
    if dtype == "buffer" and len(shape.tuple_shapes) == 1:
        held = type_of(shape.tuple_shapes[0])
        return ArrayType(held.dtype, held.shape, kind="ref", layout=held.layout)
    sizes = [-1 if size == _UNBOUNDED_TILE else size for size in shape.dimensions]
    dynamic = list(shape.is_dynamic_dimension) + [False] * len(sizes)
    sizes = [_bound(size) if dynamic[place] else size for place, size in enumerate(sizes)]
    space = shape.layout.memory_space
    return ArrayType(
        dtype,
        tuple(sizes),
        kind=_OWN_KINDS.get(dtype, "array"),
        layout=layout_text(shape.layout) if shape.HasField("layout") else "",
        memory_space=f"S({space})" if space else "",
    )


def _bound(size: int) -> str:
    return "?" if size < 0 else f"<={size}"


def _dtype(number: int) -> str:
    return names_of("PrimitiveType").get(number, f"type{number}")


def layout_text(layout: Message) -> str:
    """A layout without its memory space, `{1,0:T(8,128)}`; "" for a scalar's, that says nothing."""
    order = ",".join(map(str, layout.minor_to_major))
    rest = _levels_text(layout)
    if layout.tiles:
        rest += "T" + "".join(f"({','.join(map(_tile_size, t.dimensions))})" for t in layout.tiles)
    for letter, value, default in (
        ("L", layout.tail_padding_alignment_in_elements, (0, 1)),
        ("#", layout.index_primitive_type, (0,)),
        ("*", layout.pointer_primitive_type, (0,)),
        ("E", layout.element_size_in_bits, (0,)),
        ("M", layout.dynamic_shape_metadata_prefix_bytes, (0,)),
    ):
        if value not in default:
            rest += f"{letter}({_dtype(value) if letter in '#*' else value})"
    for split in layout.split_configs:
        rest += f"SC({split.dimension}:{','.join(map(str, split.split_indices))})"
    if layout.HasField("physical_shape"):
        rest += f"P({shape_text(layout.physical_shape)})"
    return f"{{{order}{':' if rest else ''}{rest}}}" if order or rest else ""


def _levels_text(layout: Message) -> str:
    levels = list(layout.dim_level_types)
    if not any(levels):
        return ""
    unique, ordered = list(layout.dim_unique), list(layout.dim_ordered)
    texts = [
        _DIM_LEVELS.get(level, str(level))
        + ("+" if unique[place : place + 1] == [False] else "")
        + ("~" if ordered[place : place + 1] == [False] else "")
        for place, level in enumerate(levels)
    ]
    return f"D({','.join(texts)})"


def _tile_size(size: int) -> str:
    return "*" if size == _UNBOUNDED_TILE else str(size)


def shape_text(shape: Message) -> str:
    """A shape with its layout, as XLA prints it: `(f32[2]{0:S(1)}, pred[])`."""
    return type_text(type_of(shape))


def type_text(type_: ArrayType) -> str:
    """A type with its layout and memory space, as XLA prints it."""
    if type_.kind == "tuple":
        return f"({', '.join(map(type_text, type_.elements))})"
    layout = type_.layout
    if type_.memory_space:
        opened = layout[:-1] or "{"
        layout = f"{opened}{'' if ':' in opened else ':'}{type_.memory_space}}}"
    text = f"{type_.dtype}[{','.join(map(str, type_.shape))}]{layout}"
    return f"b({text})" if type_.kind == "ref" else text


def program_shape_text(shape: Message) -> str:
    """A computation's signature with layouts: `(f32[2]{0}, f32[])->f32[2]{0}`."""
    return f"({', '.join(map(shape_text, shape.parameters))})->{shape_text(shape.result)}"


def literal_text(literal: Message) -> str:
    """A constant's values as XLA prints them where they are few, else its type and size."""
    if literal.ByteSize() <= _SHORT_LITERAL:  # programs have the same few numbers many times
        return _text_of_short(literal.SerializeToString())
    return _read_literal(literal)


@lru_cache(maxsize=4096)
def _text_of_short(data: bytes) -> str:
    return _read_literal(parse("LiteralProto", data))


def _read_literal(literal: Message) -> str:
    type_ = type_of(literal.shape)
    if type_.kind == "tuple":
        return f"({', '.join(map(literal_text, literal.tuple_literals))})"
    count = prod(size for size in type_.shape if isinstance(size, int))
    values = _values(literal, type_.dtype, count) if count <= MOST_VALUES else None
    if values is None:
        size = f" {type_.bytes:,} bytes" if type_.bytes is not None else ""
        return f"{type_}{{…}}{size}"
    sizes = [size for size in type_.shape if isinstance(size, int)]
    if type_.dtype == "pred" and sizes:  # XLA says true and false only of a scalar
        values = [int(value) for value in values]
    return _nested([_number_text(value) for value in values], sizes)


def _nested(texts: Sequence[str], sizes: Sequence[int]) -> str:
    if not sizes:
        return texts[0]
    step = prod(sizes[1:])
    rows = [_nested(texts[k * step : (k + 1) * step], sizes[1:]) for k in range(sizes[0])]
    return f"{{{', '.join(rows)}}}"


def _number_text(value: Any) -> str:
    if isinstance(value, complex | np.complexfloating):
        return f"({_number_text(value.real)}, {_number_text(value.imag)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.removesuffix(".0")


# Integers of less than a byte, stored in one each.
_SUB_BYTE = re.compile(r"([su])([124])")
_STORED_AS_BYTES: dict[str, Any] = {
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "s8": np.int8,
    "u8": np.uint8,
    "s16": np.int16,
    "u16": np.uint16,
    **{
        f"f8{name}": getattr(ml_dtypes, f"float8_{name}")
        for name in ("e3m4", "e4m3", "e4m3b11fnuz", "e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz")
    },
    "f8e8m0fnu": ml_dtypes.float8_e8m0fnu,
}
_STORED_AS_PAIRS: dict[str, Any] = {"c64": np.float32, "c128": np.float64}


def _values(literal: Message, dtype: str, count: int) -> list[Any] | None:
    """The elements of a literal, in order; None if this dtype can't be decoded."""
    stored = getattr(literal, "preds" if dtype == "pred" else f"{dtype}s", None)
    if stored is None:
        return None
    if _SUB_BYTE.fullmatch(dtype):
        return [_sign_extended(octet, dtype) for octet in stored] if len(stored) == count else None
    if dtype in _STORED_AS_BYTES:
        return list(np.frombuffer(stored, _STORED_AS_BYTES[dtype]))
    if isinstance(stored, bytes):
        return None
    if dtype in _STORED_AS_PAIRS:
        parts = np.asarray(stored, _STORED_AS_PAIRS[dtype])
        return list(parts[0::2] + 1j * parts[1::2])
    return list(np.asarray(stored, np.float32)) if dtype == "f32" else list(stored)


def _sign_extended(octet: int, dtype: str) -> int:
    bits = int(dtype[1])
    number = octet & (2**bits - 1)
    return number - 2**bits if dtype[0] == "s" and number >> (bits - 1) else number
