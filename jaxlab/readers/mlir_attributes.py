"""What MLIR's types and attributes say, as plain Python values."""

# The bindings type an attribute's value by its dialect, and not all of them do.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from jaxlib.mlir import ir

from jaxlab.errors import cut
from jaxlab.graph import ArrayType

TEXT_LIMIT = 65_536
"""Characters kept of one attribute: payloads of custom calls can be megabytes."""
TABLE_LIMIT = 4_096
"""Elements kept of a table of integers, such as the groups of devices of a collective."""
HEAD = 8
"""Elements shown of a constant that is not a splat."""

_SHAPED = re.compile(r"(tensor|vector|memref)<((?:(?:\d+|\?|\[\d+\]|\*)x)*)(.*)>", re.DOTALL)
_NUMBER = re.compile(r"(?:[us]?i|b?f|tf)\d+\w*|index")
_BOUNDS = re.compile(r"#\w+\.bounds<([^>]*)>")
_ENUM = re.compile(r"#\w+<\w+ (\w+)>")
_DTYPES = {"i1": "bool", "complex<f32>": "c64", "complex<f64>": "c128"}
_SHARDINGS = ("sdy.sharding", "mhlo.sharding")
_OPENING, _CLOSING = "<[({", ">])}"


@dataclass(frozen=True, slots=True)
class SymbolRef:
    """A reference to a function or another definition by its name."""

    name: str

    def __str__(self) -> str:
        return f"@{self.name}"


def split_list(text: str) -> Iterator[str]:
    """The parts of a text between commas that are in no bracket and in no string."""
    depth, start, in_string = 0, 0, False
    for index, character in enumerate(text):
        if character == '"' and text[index - 1 : index] != "\\":
            in_string = not in_string
        elif in_string:
            continue
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING and text[index - 1 : index] != "-":  # not `->`
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    if text[start:].strip():
        yield text[start:].strip()


def read_type(text: str) -> ArrayType:
    """The type that MLIR writes as `tensor<2x?xf32>`, `!stablehlo.token` or `tuple<...>`.

    `i1` becomes `bool`, `ui8` becomes `u8`. A dimension that is not known is `?`, one with a
    bound is `<=8`. A type without dtype and shape is kept as text, of kind "opaque".
    """
    if text.startswith("tuple<"):
        elements = tuple(read_type(part) for part in split_list(text[len("tuple<") : -1]))
        return ArrayType("tuple", kind="tuple", elements=elements)
    if text.endswith(".token"):
        return ArrayType("token", kind="token")
    if _NUMBER.fullmatch(text) or text in _DTYPES:
        return ArrayType(_dtype(text))
    shaped = _SHAPED.fullmatch(text)
    if shaped is None:
        return ArrayType(cut(text, 200), kind="opaque")
    what, sizes, rest = shaped.groups()
    dtype, *encoding = split_list(rest)
    bounds = _BOUNDS.fullmatch(encoding[0]) if encoding else None
    besides = "" if bounds else ", ".join(encoding)
    return ArrayType(
        _dtype(dtype),
        _shape(sizes, bounds.group(1) if bounds else ""),
        kind="ref" if what == "memref" else "array",
        layout="" if what == "memref" else besides,
        memory_space=besides if what == "memref" else "",
    )


def _dtype(text: str) -> str:
    if text in _DTYPES:
        return _DTYPES[text]
    return text.replace("ui", "u").lower() if _NUMBER.fullmatch(text) else text


def _shape(sizes: str, bounds: str) -> tuple[int | str, ...]:
    shape: list[int | str] = [
        int(size) if size.isdigit() else size for size in sizes.split("x")[:-1]
    ]
    for index, bound in enumerate(part.strip() for part in bounds.split(",")):
        if bound.isdigit():
            shape[index] = f"<={bound}"
    return tuple(shape)


def read_attribute(attribute: ir.Attribute) -> object:
    """An attribute as a Python value: numbers, strings, tuples and dicts, else its text.

    Small tables of integers (`replica_groups`, `padding`) are nested tuples.
    Enumerations lose their wrapping: `#stablehlo<comparison_direction LT>` is `LT`.
    """
    match attribute:
        case ir.BoolAttr() | ir.IntegerAttr():
            return _integer(attribute)
        case ir.FloatAttr():
            return attribute.value
        case ir.StringAttr():
            return _string(attribute)
        case ir.UnitAttr():
            return True
        case ir.FlatSymbolRefAttr():
            return SymbolRef(attribute.value)
        case ir.ArrayAttr() | ir.DenseBoolArrayAttr() | ir.DenseI8ArrayAttr():
            return _values(attribute)
        case ir.DenseI16ArrayAttr() | ir.DenseI32ArrayAttr() | ir.DenseI64ArrayAttr():
            return _values(attribute)
        case ir.DenseF32ArrayAttr() | ir.DenseF64ArrayAttr():
            return _values(attribute)
        case ir.DictAttr():
            names = [attribute[index].name for index in range(len(attribute))]
            return {name: read_attribute(attribute[name]) for name in names}
        case ir.DenseIntElementsAttr():
            return _table(attribute)
        case ir.DenseElementsAttr():
            return describe_constant(attribute)
        case _:
            text = cut(str(attribute), TEXT_LIMIT)
            enum = _ENUM.fullmatch(text)
            return enum.group(1) if enum else text


def _table(attribute: ir.DenseIntElementsAttr) -> object:
    sizes = [int(size) for size in read_type(str(attribute.type)).shape]
    if prod(sizes) > TABLE_LIMIT:
        return describe_constant(attribute)
    rows: list[object] = [attribute[index] for index in range(prod(sizes))]
    for size in reversed(sizes[1:]):
        count = len(rows) // size if size else 0
        rows = [tuple(rows[row * size : (row + 1) * size]) for row in range(count)]
    return tuple(rows) if sizes else rows[0]


def describe_uncast(op: ir.Operation, name: str) -> str:
    """The text of an attribute that the bindings can't hand over, such as a complex constant.

    JAX 0.10 to 0.12: `op.attributes[name]` raises TypeError for it (with the whole text in its
    message, however long), and asking by index aborts.
    """
    text = str(
        op.get_asm(
            large_elements_limit=HEAD,
            use_local_scope=True,
            print_generic_op_form=True,
            skip_regions=True,
        )
    )
    _, found, rest = text.partition(f"{name} = ")
    value = next(split_list(rest.partition("}>")[0]), "") if found else ""
    if not value or "__elided__" in value:
        return "[…]"
    return value.removeprefix("dense<").rpartition("> :")[0] or value


def _values(attribute: Iterable[object]) -> tuple[object, ...]:
    return tuple(
        read_attribute(item) if isinstance(item, ir.Attribute) else item for item in attribute
    )


def _integer(attribute: ir.BoolAttr | ir.IntegerAttr) -> object:
    try:
        return attribute.value
    except (ValueError, RuntimeError):  # wider than 64 bits
        return str(attribute)


def _string(attribute: ir.StringAttr) -> str:
    text = attribute.value_bytes.decode("utf-8", "backslashreplace")
    return cut(text, TEXT_LIMIT)


def describe_constant(attribute: ir.DenseElementsAttr) -> str:
    """A constant in short: `1.0`, `[0, 1, 2]`, `[0.5, 0.25, …] (4,194,304 elements)`.

    Elements are listed flat, in row-major order. The text of a large constant is never made: it
    would be twice the size of its data.
    """
    type_ = read_type(str(attribute.type))
    count = prod(int(size) for size in type_.shape)
    if attribute.is_splat:
        return _number(attribute.get_splat_value(), type_.dtype)
    shown = min(count, HEAD)
    if count == 0:
        return "[]"
    elements: list[str] = []
    if isinstance(attribute, ir.DenseFPElementsAttr | ir.DenseIntElementsAttr):
        try:
            elements = [_format(attribute[index], type_.dtype) for index in range(shown)]
        except TypeError:  # an element type that Python has no number for
            elements = []
    if not elements and count <= HEAD:
        return str(attribute).removeprefix("dense<").rpartition("> :")[0]
    if count > shown or not elements:
        return f"[{', '.join([*elements, '…'])}] ({count:,} elements)"
    return f"[{', '.join(elements)}]"


def _number(attribute: ir.Attribute, dtype: str) -> str:
    if isinstance(attribute, ir.FloatAttr | ir.IntegerAttr | ir.BoolAttr):
        return _format(attribute.value, dtype)
    return str(attribute).rpartition(" : ")[0] or str(attribute)


def _format(value: float, dtype: str) -> str:
    if dtype == "bool":
        return "true" if value else "false"
    if isinstance(value, int) or dtype == "f64":
        return repr(value)
    for digits in (6, 7, 8, 9):  # the fewest that give the same f32
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            break
    else:
        text = repr(value)
    return text if any(mark in text for mark in ".einf") else f"{text}.0"


def sharded(type_: ArrayType, attributes: Mapping[str, object]) -> ArrayType:
    found = next((attributes[name] for name in _SHARDINGS if name in attributes), None)
    if found is None:
        return type_
    return replace(type_, sharding=str(found).removeprefix("#sdy.sharding"))


def result_shardings(params: Mapping[str, object]) -> tuple[str, ...]:
    """The sharding of each result that an operation's own attributes state."""
    for name in (*_SHARDINGS, "sharding", "out_shardings"):
        text = params.get(name)
        if not isinstance(text, str):
            continue
        if text.startswith("#sdy.sharding_per_value<["):
            inside = text.removeprefix("#sdy.sharding_per_value<[").removesuffix("]>")
            return tuple(split_list(inside))
        if text.startswith("#sdy.sharding<") or name == "mhlo.sharding":
            return (text.removeprefix("#sdy.sharding"),)
    return ()
