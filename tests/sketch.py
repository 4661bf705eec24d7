"""Small graphs for tests, written as text.

    main(x: f32[8,4], w: f32[4,2]) -> h
      y: f32[8,2] = dot_general x w | scope=layer/mlp line=14
      h: f32[8,2] = jit y | calls=call:relu
    relu(a: f32[8,2]) -> b
      b: f32[8,2] = max a 0.0

A line that starts a region has no blank before it. An operand that starts with a digit is a
literal. After `|`: scope, transforms (comma), line, calls (role:region, comma), effects
(comma); anything else is a param, whole numbers as such.
"""

from __future__ import annotations

import re

from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.origin import Frame, Origin, frame_stack


def sketch(text: str, *, stage: str = "jaxpr", name: str = "", file: str = "train.py") -> Graph:
    """The graph that a text like the one above describes; its first region is the entry."""
    blocks: list[list[str]] = []
    for line in text.strip().splitlines():
        if not line.strip():
            continue
        if line[0].isspace() and blocks:
            blocks[-1].append(line.strip())
        else:
            blocks.append([line.strip()])
    regions = [_region(block, file) for block in blocks]
    return Graph(
        stage, name or regions[0].name, {region.id: region for region in regions}, regions[0].id
    )


def _type(text: str) -> ArrayType:
    found = re.fullmatch(r"(\w+)\[(.*)\]", text)
    assert found is not None, text
    sizes = [int(size) for size in found[2].split(",") if size]
    return ArrayType(found[1], tuple(sizes))


def _region(block: list[str], file: str) -> Region:
    head = re.fullmatch(r"(\w+)\((.*)\) -> (.*)", block[0])
    assert head is not None, block[0]
    region_id = head[1]
    values: dict[str, Value] = {}
    inputs = re.findall(r"(\S+): (\S+\[[^]]*\])", head[2])
    for place, (name, kind) in enumerate(inputs):
        values[name] = Value(f"{region_id}<{place}", _type(kind), name, "argument")
    nodes = [_node(line, region_id, place, values, file) for place, line in enumerate(block[1:])]
    outputs = tuple(values[name] for name in head[3].split())
    given = tuple(values[name] for name, _ in inputs)
    return Region(region_id, given, tuple(nodes), outputs, region_id)


def _node(line: str, region_id: str, place: int, values: dict[str, Value], file: str) -> Node:
    left, _, right = line.partition(" = ")
    work, _, rest = right.partition(" | ")
    op, *operands = work.split()
    extra = dict(item.split("=", 1) for item in rest.split())
    node_id = f"{region_id}/{place}"
    inputs = tuple(
        Value(f"{node_id}={at}", ArrayType("f32"), "", "literal", operand)
        if operand[0].isdigit()
        else values[operand]
        for at, operand in enumerate(operands)
    )
    outputs: list[Value] = []
    for name, kind in re.findall(r"(\S+): (\S+\[[^]]*\])", left):
        outputs.append(Value(f"{node_id}:{len(outputs)}", _type(kind), name))
        values[name] = outputs[-1]
    calls = tuple(
        (role, called)
        for role, _, called in (
            call.partition(":") for call in extra.pop("calls", "").split(",") if call
        )
    )
    scope, transforms = extra.pop("scope", ""), extra.pop("transforms", "")
    number, effects = int(extra.pop("line", 0)), extra.pop("effects", "")
    params: dict[str, object] = {
        key: int(value) if value.isdigit() else value for key, value in extra.items()
    }
    params |= {role: RegionRef(called) for role, called in calls}
    origin = Origin(
        tuple(scope.split("/")) if scope else (),
        tuple(transforms.split(",")) if transforms else (),
        frame_stack(*([Frame(file, number, "step")] if number else [])),
    )
    effect_names = tuple(effects.split(",")) if effects else ()
    return Node(node_id, op, inputs, tuple(outputs), calls, params, origin, effect_names)
