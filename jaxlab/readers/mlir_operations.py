"""MLIR operations of any dialect as Nodes, with the regions and functions that they call."""

# The bindings leave types open: of operands, results, and what iteration gives.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeArgument=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from jaxlib.mlir import ir

from jaxlab.graph import ArrayType, Node, Region, RegionRef, Value
from jaxlab.origin import FrameStack, Origin
from jaxlab.readers.mlir_attributes import (
    SymbolRef,
    describe_constant,
    describe_uncast,
    read_attribute,
    read_type,
    result_shardings,
    sharded,
)
from jaxlab.readers.mlir_locations import name_of, read_origin

FUNCTION = "func.func"
_ROLES = {
    "while": ("cond", "body"),
    "select_and_scatter": ("select", "scatter"),
    "sort": ("comparator",),
}
_BRANCHES = frozenset({"case", "if"})
_EFFECTFUL = frozenset({"infeed", "outfeed", "recv", "send"})
_NESTED_MODULE = "builtin.module"


def symbol_of(op: ir.Operation) -> str:
    """The name that an operation defines in its module; "" if it defines none."""
    name = op.attributes.get("sym_name")
    return name.value if isinstance(name, ir.StringAttr) else ""


def has_body(op: ir.Operation) -> bool:
    """True for a function that is defined here, not only declared."""
    return op.name == FUNCTION and len(op.regions[0].blocks) > 0


@dataclass
class OperationReader:
    """One reading: what has been met, and the caches that make it fast.

    MLIR keeps each type, attribute and location once, so each is turned into ours once.
    """

    functions: dict[str, ir.Operation]
    regions: dict[str, Region] = field(default_factory=dict[str, Region])
    function_attributes: dict[str, dict[str, object]] = field(
        default_factory=dict[str, dict[str, object]]
    )
    region_ids: dict[str, str] = field(default_factory=dict[str, str])
    pending: deque[str] = field(default_factory=deque[str])
    values: dict[ir.Value, Value] = field(default_factory=dict[ir.Value, Value])
    result_attributes: dict[ir.Value, Mapping[str, object]] = field(
        default_factory=dict[ir.Value, Mapping[str, object]]
    )
    blocks: list[tuple[ir.Block, str]] = field(default_factory=list[tuple[ir.Block, str]])
    _types: dict[ir.Type, ArrayType] = field(default_factory=dict[ir.Type, ArrayType])
    _attributes: dict[ir.Attribute, object] = field(default_factory=dict[ir.Attribute, object])
    _constants: dict[ir.Attribute, str] = field(default_factory=dict[ir.Attribute, str])
    _origins: dict[ir.Attribute, Origin] = field(default_factory=dict[ir.Attribute, Origin])
    _stacks: dict[ir.Attribute, FrameStack] = field(default_factory=dict[ir.Attribute, FrameStack])

    # --- functions ---

    def read_function(self, symbol: str, region_id: str) -> None:
        """Read a function, and then those that it turned out to call."""
        self.region_ids[symbol] = region_id
        self.pending.append(symbol)
        self.read_pending()

    def read_pending(self) -> None:
        """Read the functions that are called, one after the other.

        They wait their turn so that a long chain of calls is no deep recursion.
        """
        while self.pending:
            called = self.pending.popleft()
            self._read_function(called, self.region_ids[called])

    def _read_function(self, symbol: str, region_id: str) -> None:
        op = self.functions[symbol]
        attributes = self.attributes(op)
        arguments, results = (dicts(attributes.get(name)) for name in ("arg_attrs", "res_attrs"))
        self.function_attributes[region_id] = {
            name: value for name, value in attributes.items() if value != ({},) * len(arguments)
        }
        for block in op.regions[0].blocks:
            returned = block.operations[len(block.operations) - 1].operation
            if returned.name.endswith("return"):
                self.result_attributes.update(zip(returned.operands, results, strict=False))
        self._read_region(region_id, op.regions[0], symbol, arguments)

    # --- regions, blocks and operations ---

    def _read_region(
        self,
        region_id: str,
        region: ir.Region,
        name: str = "",
        arguments: tuple[Mapping[str, object], ...] = (),
    ) -> None:
        """Read a region: the first block has its id, others (rare) hang on what jumps to them."""
        blocks = list(region.blocks)
        if len(blocks) > 1:
            ids = [region_id, *(f"{region_id}.block[{i}]" for i in range(1, len(blocks)))]
            self.blocks.extend(zip(blocks, ids, strict=True))
            for block, block_id in zip(blocks[1:], ids[1:], strict=True):
                self._define_inputs(block_id, block)
        for index, block in enumerate(blocks):
            block_id = f"{region_id}.block[{index}]" if index else region_id
            self._read_block(block_id, block, name, arguments if index == 0 else ())
        if len(blocks) > 1:
            self._call_unreached(region_id, len(blocks))

    def _call_unreached(self, region_id: str, count: int) -> None:
        """Hang blocks that nothing jumps to on the first block's last node."""
        first = self.regions[region_id]
        called = {
            ref for region in self.regions.values() for n in region.nodes for _, ref in n.calls
        }
        ids = [f"{region_id}.block[{index}]" for index in range(1, count)]
        calls = tuple(("unreachable", block_id) for block_id in ids if block_id not in called)
        *nodes, last = first.nodes
        nodes.append(replace(last, calls=last.calls + calls))
        self.regions[region_id] = replace(first, nodes=tuple(nodes))

    def _define_inputs(
        self,
        region_id: str,
        block: ir.Block,
        attributes: tuple[Mapping[str, object], ...] = (),
        named: bool = False,
    ) -> tuple[Value, ...]:
        inputs: list[Value] = []
        for index, argument in enumerate(block.arguments):
            type_ = self._type(argument.type)
            if index < len(attributes) and attributes[index]:
                type_ = sharded(type_, attributes[index])
            name = name_of(argument.location) if named else ""
            value = Value(f"{region_id}<{index}", type_, name, "argument")
            self.values[argument] = value
            inputs.append(value)
        return tuple(inputs)

    def _read_block(
        self,
        region_id: str,
        block: ir.Block,
        name: str,
        attributes: tuple[Mapping[str, object], ...],
    ) -> None:
        self.regions[region_id] = Region(region_id)  # holds its place in reading order
        inputs = self._define_inputs(region_id, block, attributes, named=bool(name))
        nodes = tuple(
            self.read_operation(f"{region_id}/{index}", view.operation)
            for index, view in enumerate(block.operations)
        )
        ends = bool(nodes) and nodes[-1].op.rpartition(".")[2] in ("return", "yield")
        outputs = nodes[-1].inputs if ends else ()
        self.regions[region_id] = Region(region_id, inputs, nodes, outputs, name)

    def read_operation(self, node_id: str, op: ir.Operation) -> Node:
        """Read an operation and its regions; functions it calls are noted as pending."""
        full_name = op.name
        name = full_name.removeprefix("stablehlo.")
        inputs = tuple(
            self.values.get(operand) or self._undefined(node_id, index, operand)
            for index, operand in enumerate(op.operands)
        )
        calls: list[tuple[str, str]] = []
        params = self.attributes(op, node_id, calls)
        outputs = self._define_outputs(node_id, op, params)
        if len(op.regions):
            self._read_regions(node_id, name, op, calls, params)
        for index, block in enumerate(op.successors):
            target = next(block_id for known, block_id in self.blocks if known == block)
            calls.append((f"successor[{index}]", target))
        effectful = name in _EFFECTFUL or params.get("has_side_effect") is True
        return Node(
            node_id,
            name,
            inputs,
            outputs,
            tuple(calls),
            params,
            self._origin(op.location),
            ("side effect",) if effectful else (),
        )

    def _read_regions(
        self,
        node_id: str,
        name: str,
        op: ir.Operation,
        calls: list[tuple[str, str]],
        params: dict[str, object],
    ) -> None:
        functions = self.functions
        if name == _NESTED_MODULE:  # its symbols are its own
            self.functions = {}
        for index, region in enumerate(op.regions):
            if len(region.blocks) == 0:
                continue
            role = _role(name, index, len(op.regions))
            region_id = f"{node_id}.{role}"
            calls.append((role, region_id))
            params[role] = RegionRef(region_id)
            self._read_region(region_id, region)
        self.functions = functions

    def _undefined(self, node_id: str, index: int, operand: ir.Value) -> Value:
        """A value that is defined further down, which only graph regions and jumps allow."""
        type_ = self._type(operand.type)
        return Value(f"{node_id}={index}", type_, role="literal", literal="defined below")

    def _define_outputs(
        self, node_id: str, op: ir.Operation, params: Mapping[str, object]
    ) -> tuple[Value, ...]:
        outputs: list[Value] = []
        shardings = result_shardings(params)
        for index, result in enumerate(op.results):
            type_, name = self._type(result.type), ""
            if index < len(shardings):
                type_ = replace(type_, sharding=shardings[index])
            attributes = self.result_attributes.get(result)
            if attributes:
                name = str(attributes.get("jax.result_info", ""))
                type_ = type_ if type_.sharding else sharded(type_, attributes)
            value = Value(f"{node_id}:{index}", type_, name)
            self.values[result] = value
            outputs.append(value)
        return tuple(outputs)

    # --- types, attributes and locations ---

    def attributes(
        self, op: ir.Operation, node_id: str = "", calls: list[tuple[str, str]] | None = None
    ) -> dict[str, object]:
        """An operation's attributes as values; names of functions become calls."""
        found = op.attributes
        constant = op.name.rpartition(".")[2] == "constant"
        values: dict[str, object] = {}
        for name in found:
            if constant and name == "value":
                values[name] = self._constant(op)
                continue
            try:
                attribute = found[name]
            except TypeError:
                values[name] = describe_uncast(op, name)
                continue
            if attribute not in self._attributes:
                self._attributes[attribute] = read_attribute(attribute)
            value = self._attributes[attribute]
            if isinstance(value, SymbolRef | tuple):
                value = self._linked(value, name, node_id, calls)
            values[name] = value
        return values

    def _constant(self, op: ir.Operation) -> object:
        results = [self._type(result.type) for result in op.results]
        if any(type_.dtype in ("c64", "c128") for type_ in results):
            return describe_uncast(op, "value")
        attribute = op.attributes["value"]
        if not isinstance(attribute, ir.DenseElementsAttr):
            return read_attribute(attribute)
        if attribute not in self._constants:
            self._constants[attribute] = describe_constant(attribute)
        return self._constants[attribute]

    def _linked(
        self, value: object, role: str, node_id: str, calls: list[tuple[str, str]] | None
    ) -> object:
        if isinstance(value, tuple):
            parts: tuple[object, ...] = value
            if not any(isinstance(part, SymbolRef) for part in parts):
                return parts
            return tuple(
                self._linked(part, f"{role}[{index}]", node_id, calls)
                for index, part in enumerate(parts)
            )
        if not isinstance(value, SymbolRef):
            return value
        if calls is None or value.name not in self.functions:
            return str(value)
        region_id = self.region_ids.get(value.name)
        if region_id is None:
            region_id = self.region_ids[value.name] = f"{node_id}.{role}"
            self.pending.append(value.name)
        calls.append((role, region_id))
        return RegionRef(region_id)

    def _type(self, type_: ir.Type) -> ArrayType:
        found = self._types.get(type_)
        if found is None:
            found = self._types[type_] = read_type(str(type_))
        return found

    def _origin(self, location: ir.Location) -> Origin:
        key = location.attr  # equal locations have different hashes; their attributes do not
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = read_origin(location, self._stacks)
        return found


def _role(name: str, index: int, count: int) -> str:
    if name in _BRANCHES:
        return f"branches[{index}]"
    names = _ROLES.get(name, ("body",) if count == 1 else ())
    return names[index] if index < len(names) else f"region[{index}]"


def dicts(value: object) -> tuple[Mapping[str, object], ...]:
    """The attributes of each argument or result, from `arg_attrs` or `res_attrs`."""
    parts: tuple[object, ...] = value if isinstance(value, tuple) else ()
    return tuple(part if isinstance(part, dict) else {} for part in parts)
