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
from jaxlab.collection import collector_paused
from jaxlab.errors import InputError, cut
from jaxlab.graph import Graph, Node, Region
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
      index: `input_output_alias` (which result may reuse it) and `buffer_donors`. Regions that
      nothing calls are listed in `unreached`: functions, and a region `module` of the
      definitions that are neither function nor mesh. JAX makes no such module.

    Raises:
      InputError: it is no module, or MLIR can't parse it.
    """
    with collector_paused():
        return _read(_parsed(module))


def _read(parsed: ir.Module) -> Graph:
    definitions = [view.operation for view in parsed.body.operations]
    if not definitions:
        raise InputError("Expected a StableHLO module, got one that holds no operation.")
    reader = OperationReader({symbol_of(op): op for op in definitions if has_body(op)})
    entry = _entry(reader.functions)
    if entry:
        reader.read_function(entry, "main")
    unreached = _read_unreached(reader, definitions)
    facts: dict[str, object] = {
        **reader.attributes(parsed.operation),
        "functions": reader.function_attributes,
        **_definitions(definitions),
        **_given_away(reader.function_attributes.get("main", {})),
    }
    if not entry:
        unreached.remove("module")
    if unreached:
        facts["unreached"] = tuple(unreached)
    entry_id = "main" if entry else "module"
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


def _read_unreached(reader: OperationReader, definitions: Iterable[ir.Operation]) -> list[str]:
    """Read what nothing calls; gives the ids of the regions that are not called then either."""
    unreached: list[str] = []
    nodes: list[Node] = []
    for op in definitions:
        if has_body(op) and symbol_of(op) not in reader.region_ids:
            unreached.append(f"unreached[{len(unreached)}]")
            reader.read_function(symbol_of(op), unreached[-1])
        elif op.name not in (FUNCTION, _MESH):
            nodes.append(reader.read_operation(f"module/{len(nodes)}", op))
            reader.read_pending()
    if nodes or not reader.regions:
        reader.regions["module"] = Region("module", nodes=tuple(nodes), name="module")
        unreached.append("module")
    return unreached


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
