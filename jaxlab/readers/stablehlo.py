"""StableHLO, and every MLIR dialect that stands in its modules, as a Graph.

Every operation inside a function is a node, the terminators (`return`) too. Operations of the
StableHLO dialect go by their short name (`dot_general`, as in a jaxpr); those of other dialects
keep the dialect's (`func.call`, `sdy.sharding_constraint`, `chlo.erf`).

Functions are regions, each once, and named by their symbol. The regions inside an operation are
calls of it: `cond` and `body` of a `while`, `branches[0]` of a `case`; their nodes may read
values that are defined around them. What a module defines besides functions is in `facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jaxlib.mlir import ir

from jaxlab._jax import parse_module
from jaxlab.errors import InputError, cut
from jaxlab.graph import Graph, Node, Region, RegionRef
from jaxlab.readers.mlir_operations import FUNCTION, OperationReader, dicts, has_body, symbol_of

_MESH = "sdy.mesh"


def read_stablehlo(module: ir.Module | str | bytes) -> Graph:
    """Read a StableHLO module.

    Args:
      module: what `lowered.compiler_ir("stablehlo")` gives, its text (with or without
        locations), or its bytecode (MLIR's own, or the portable kind that
        `exported.mlir_module_serialized` holds).

    Returns:
      A graph of stage "stablehlo" whose entry is the function `main`, else the first public one.
      Its facts hold the module's attributes, `functions` (attributes of each function, by
      region id), `declarations`, `meshes`, and what is asked of the entry's arguments by
      index: `input_output_alias` (which result may reuse it) and `buffer_donors`. Where a
      module holds functions that nothing calls, or definitions of another kind, its entry is
      a region `module` with a node for each; JAX makes no such module.

    Raises:
      InputError: it is no module, or MLIR can't parse it.
    """
    parsed = _parsed(module)
    definitions = [view.operation for view in parsed.body.operations]
    if not definitions:
        raise InputError("Expected a StableHLO module, got one that holds no operation.")
    reader = OperationReader({symbol_of(op): op for op in definitions if has_body(op)})
    entry = _entry(reader.functions)
    if entry:
        reader.read_function(entry, "main")
    left = [op for op in definitions if not _is_read(reader, op)]
    entry_id = "main" if entry and not left else "module"
    if entry_id == "module":
        _read_definitions(reader, entry, left)
    facts: dict[str, object] = {
        **reader.attributes(parsed.operation),
        "functions": reader.function_attributes,
        **_definitions(definitions),
        **_given_away(reader.function_attributes.get("main", {})),
    }
    name = str(facts.pop("sym_name", "module"))
    regions = {entry_id: reader.regions[entry_id], **reader.regions}
    return Graph("stablehlo", name, regions, entry_id, facts)


def _parsed(module: object) -> ir.Module:
    if isinstance(module, ir.Module):
        return module
    if not isinstance(module, str | bytes):
        raise InputError(
            "Expected a StableHLO module (`lowered.compiler_ir('stablehlo')`), its text or its "
            f"bytecode, got a {type(module).__name__}: {cut(repr(module))}."
        )
    if not module.strip():
        raise InputError("Expected a StableHLO module, got an empty text.")
    try:
        return parse_module(module)
    except (ir.MLIRError, ValueError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[1] if len(lines) > 1 else " ".join(lines)
        raise InputError(
            f"Expected a StableHLO module, got {cut(repr(module[:200]))}. "
            f"MLIR says: {cut(reason.removeprefix('error: '), 200)}"
        ) from None


def _entry(functions: Mapping[str, ir.Operation]) -> str:
    if "main" in functions:
        return "main"
    public = (
        symbol
        for symbol, op in functions.items()
        if "sym_visibility" not in op.attributes
        or "private" not in str(op.attributes["sym_visibility"])
    )
    return next(public, next(iter(functions), ""))


def _is_read(reader: OperationReader, op: ir.Operation) -> bool:
    """True for what is in a region already, and for what holds nothing that runs."""
    if op.name == FUNCTION:
        return not has_body(op) or symbol_of(op) in reader.region_ids
    return op.name == _MESH


def _read_definitions(reader: OperationReader, entry: str, left: Iterable[ir.Operation]) -> None:
    """Make a region `module` whose nodes are the entry and the definitions nothing calls."""
    reader.regions["module"] = Region("module")
    nodes: list[Node] = []
    if entry:
        nodes.append(_definition(reader, "module/0", "main", reader.functions[entry]))
    for op in left:
        node_id = f"module/{len(nodes)}"
        if op.name != FUNCTION:
            nodes.append(reader.read_operation(node_id, op))
            reader.read_pending()
        elif not _is_read(reader, op):
            region_id = f"{node_id}.body"
            reader.read_function(symbol_of(op), region_id)
            nodes.append(_definition(reader, node_id, region_id, op))
    reader.regions["module"] = Region("module", nodes=tuple(nodes), name="module")


def _definition(reader: OperationReader, node_id: str, region_id: str, op: ir.Operation) -> Node:
    params = {**reader.attributes(op), "body": RegionRef(region_id)}
    return Node(node_id, FUNCTION, calls=(("body", region_id),), params=params)


def _definitions(definitions: Iterable[ir.Operation]) -> dict[str, object]:
    """Meshes, and functions that are declared only: they hold nothing that runs."""
    meshes: dict[str, str] = {}
    declarations: list[str] = []
    for op in definitions:
        if op.name == _MESH:
            meshes[symbol_of(op)] = str(op.attributes["mesh"]).removeprefix("#sdy.mesh")
        elif op.name == FUNCTION and not has_body(op):
            declarations.append(symbol_of(op))
    found: dict[str, object] = {"meshes": meshes, "declarations": tuple(declarations)}
    return {name: value for name, value in found.items() if value}


def _given_away(attributes: Mapping[str, object]) -> dict[str, object]:
    """The arguments whose memory the caller gives away, and the result that may reuse it."""
    given = dicts(attributes.get("arg_attrs"))
    found: dict[str, object] = {
        "input_output_alias": {
            index: argument["tf.aliasing_output"]
            for index, argument in enumerate(given)
            if "tf.aliasing_output" in argument
        },
        "buffer_donors": tuple(
            index for index, argument in enumerate(given) if "jax.buffer_donor" in argument
        ),
    }
    return {name: value for name, value in found.items() if value}
