"""HLO modules for the tests: compiled here, for other hardware, and made byte by byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

if jax.__version_info__ >= (0, 10, 2):
    from jaxlib import _hlo
else:
    from jaxlib import _jax as _hlo

from jaxlab.graph import Graph, Node


def compiled_proto(function: Callable[..., Any], *args: Any, **jit: Any) -> tuple[bytes, str]:
    """The optimized module's proto, and XLA's text of it."""
    compiled = jax.jit(function, **jit).lower(*args).compile()
    (module,) = compiled.runtime_executable().hlo_modules()
    return module.as_serialized_hlo_module_proto(), module.to_string()


def parsed_text(text: str) -> tuple[bytes, str]:
    module = _hlo.hlo_module_from_text(text)
    return module.as_serialized_hlo_module_proto(), module.to_string()


def control_flow(x: jax.Array, keys: jax.Array) -> Any:
    def body(carry: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array]:
        with jax.named_scope("in_scan"):
            return jnp.sin(carry + row), carry.sum()

    y, sums = jax.lax.scan(body, x[0], x)
    z = jax.lax.cond(sums.sum() > 0, jnp.cos, lambda v: jnp.exp(v) * 2, y)
    w = jax.lax.switch(keys[0] % 3, [jnp.sin, jnp.tan, jnp.tanh], z)
    u = jax.lax.while_loop(lambda v: (v < 100).all(), lambda v: v * 2 + 1, w)
    return jnp.sort(u), jnp.argsort(-u), jax.random.normal(jax.random.key(0), (3,)), sums


def indexing(x: jax.Array, rows: jax.Array) -> Any:
    taken = x[rows] * 2
    put = x.at[rows].add(1.0)
    padded = jax.lax.pad(x, 0.0, [(1, 2, 0), (0, 1, 1)])
    piece = jax.lax.slice(x, (1, 0), (5, 4), (2, 1)) + 1
    moved = jax.lax.dynamic_update_slice(x, piece, (rows[0], 0))
    part = jax.lax.dynamic_slice(x, (rows[1], 0), (2, 3))
    return taken, put, padded, jnp.concatenate([moved, x]), part[::-1], x.T.reshape(4, -1)


def images(x: jax.Array, kernel: jax.Array) -> Any:
    def loss(x: jax.Array, kernel: jax.Array) -> jax.Array:
        y = jax.lax.conv_general_dilated(
            x,
            kernel,
            (2, 1),
            "SAME",
            rhs_dilation=(1, 2),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        pooled = jax.lax.reduce_window(
            y, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), ((0, 0), (0, 1), (1, 0), (0, 0))
        )
        return pooled.sum()

    return jax.value_and_grad(loss, (0, 1))(x, kernel)


def numbers(x: jax.Array) -> Any:
    table = jnp.asarray(np.arange(4096, dtype=np.float32).reshape(64, 64))
    small = jnp.asarray(np.array([[1, 2, 3], [4, 5, -6]], np.int32))
    halves = jnp.asarray([0.5, -1.25, 3e4], jnp.bfloat16)
    return (
        x @ table,
        small * x.astype(jnp.int32)[0, 0],
        halves + x[0, :3].astype(jnp.bfloat16),
        jnp.fft.rfft(x) * jnp.asarray(1 + 2j, jnp.complex64),
        jnp.where(x > 0, jnp.nan, jnp.inf),
        jnp.array([True, False, True]) & (x[0, :3] > 0),
        x * 0.1 + 1e-20,
    )


def linear_algebra(x: jax.Array) -> Any:
    return jnp.linalg.cholesky(x @ x.T), jax.lax.top_k(x, 2), jnp.linalg.solve(x, x[0])


def stored(name: str) -> str:
    """A hand-written module as a compiler for other hardware would have made it."""
    return (Path(__file__).parent / "hlo" / f"{name}.txt").read_text()


def stored_proto(name: str) -> tuple[bytes, str]:
    data = (Path(__file__).parent / "hlo" / f"{name}.hlo.pb").read_bytes()
    return data, _hlo.HloModule.from_serialized_hlo_module_proto(data).to_string()


GPU, TPU = stored("gpu"), stored("tpu")
X = jnp.ones((6, 4))
MODULES: dict[str, Callable[[], tuple[bytes, str]]] = {
    "control flow": lambda: compiled_proto(control_flow, X, jnp.arange(3)),
    "indexing": lambda: compiled_proto(indexing, X, jnp.array([1, 3])),
    "images": lambda: compiled_proto(images, jnp.ones((2, 8, 8, 3)), jnp.ones((3, 3, 3, 4))),
    "numbers": lambda: compiled_proto(numbers, jnp.ones((8, 64))),
    "linear algebra": lambda: compiled_proto(linear_algebra, jnp.eye(5)),
    "donation": lambda: compiled_proto(
        lambda state, x: ({"w": state["w"] + x}, x.sum()), {"w": X}, X, donate_argnums=0
    ),
    # A step on four chips, compiled by libtpu 0.0.50 for a v5e:2x2 that was not attached.
    "v5e": lambda: stored_proto("v5e"),
    "GPU": lambda: parsed_text(GPU),
    "TPU": lambda: parsed_text(TPU),
    "sharded": lambda: parsed_text(stored("sharded")),
    "collectives": lambda: parsed_text(stored("collectives")),
}


# --- looking into them -----------------------------------------------------------------------


def instruction_lines(text: str) -> dict[str, str]:
    """What stands after `=` for every instruction of XLA's text, by the instruction's name."""
    text = re.sub(r"/\*index=\d+\*/", "", text)
    found = re.findall(r"^ +(?:ROOT )?%(\S+) = (.*)$", text, re.MULTILINE)
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def graph_names(graph: Graph) -> dict[str, Node]:
    return {node.outputs[0].name: node for node in graph.nodes()}


def named(graph: Graph, name: str) -> Node:
    return graph_names(graph)[name]


# --- made byte by byte -----------------------------------------------------------------------


def varint(number: int) -> bytes:
    parts = bytearray()
    while True:
        number, low = number >> 7, number & 127
        parts.append(low | (128 if number else 0))
        if not number:
            return bytes(parts)


def delimited(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def instruction(
    name: str, opcode: str, key: int, operands: tuple[int, ...] = (), more: bytes = b""
) -> bytes:
    shape = delimited(3, varint(2 << 3) + varint(11))  # f32[]
    reads = b"".join(varint(36 << 3) + varint(operand) for operand in operands)
    head = delimited(1, name.encode()) + delimited(2, opcode.encode()) + shape
    return head + varint(35 << 3) + varint(key) + reads + more


def computation(name: str, key: int, root: int, *instructions: bytes) -> bytes:
    body = delimited(1, name.encode()) + b"".join(delimited(2, each) for each in instructions)
    return body + varint(5 << 3) + varint(key) + varint(6 << 3) + varint(root)


def module_of(*computations: bytes, entry: int = 1, more: bytes = b"") -> bytes:
    body = delimited(1, b"made") + b"".join(delimited(3, each) for each in computations)
    return body + varint(6 << 3) + varint(entry) + more
