"""Lineage against truth written by hand, on small programs.

Each program marks its lines with a letter in a comment. For each letter the truth says which
equations come from that line and what became of them, and which HLO opcodes carry their tags.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import PartitionSpec
from tagged import Seen, lines_marked, see

X = jnp.linspace(-1.0, 1.0, 6, dtype=jnp.float32)
M = jnp.linspace(0.0, 1.0, 16, dtype=jnp.float32).reshape(4, 4)


# --- the programs: what each is, and what became of its lines -------------------------------


def equal_lines(x):
    left = jnp.sin(x) * 2.0  # A
    right = jnp.sin(x) + 1.0  # B
    return left, right


def equal_in_two_functions(x):
    @jax.jit
    def inner(y):
        return jnp.exp(y) + 1.0  # A

    return inner(x), jnp.exp(x)  # B


def commuted(x, y):
    first = x * y  # A
    second = y * x  # B
    return jnp.sin(first), jnp.cos(second)  # C


def constant_folding(x):
    scale = jnp.full(6, 2.0)  # A
    scale = scale * 3.0  # B
    return x * scale  # C


def dead_code(x):
    unused = jnp.cos(x)  # A
    unused = unused.sum()  # B
    return x + 1.0  # C


def nothing_changes(x):
    same = x * 1.0  # A
    same = same.reshape(6)  # B
    same = same + 0.0  # C
    return jnp.sin(same)  # D


def scan(x):
    def body(carry, row):
        carry = jnp.tanh(carry * row)  # A
        return carry, carry.sum()  # B

    return jax.lax.scan(body, x, M[:, :1])  # C


def while_loop(x):
    def go_on(state):
        return state[0] < 7  # A

    def step(state):
        return state[0] + 1, jnp.sin(state[1])  # B

    return jax.lax.while_loop(go_on, step, (0, x))  # C


def cond(x):
    big = x.sum() > 0.5  # A
    return jax.lax.cond(
        big,
        lambda y: jnp.sin(y),  # B
        lambda y: jnp.cos(y),  # C
        x,
    )


def two_callers(x, y):
    @jax.jit
    def inner(z):
        return jnp.tanh(z)  # A

    left = inner(x)  # B
    right = inner(y)  # C
    return left, right


def remat(x):
    @jax.checkpoint
    def block(y):
        return jnp.sin(jnp.sin(y))  # A

    return jax.grad(lambda y: block(y).sum())(x)  # B


def donated(x, y):
    return x + y  # A


def fusion_of_three(x, y):
    a = jnp.sin(x)  # A
    b = a * y  # B
    return b + 1.0  # C


def custom_jvp(x):
    @jax.custom_jvp
    def cube(y):
        return y * y * y  # A

    cube.defjvp(lambda primals, tangents: (cube(*primals), 3.0 * primals[0] ** 2 * tangents[0]))
    return cube(x)  # B


def custom_jvp_gradient(x):
    @jax.custom_jvp
    def cube(y):
        return y * y * y  # A

    def rule(primals, tangents):
        (y,), (dy,) = primals, tangents
        return cube(y), 3.0 * jnp.square(y) * dy  # B

    cube.defjvp(rule)
    return jax.grad(lambda y: cube(y).sum())(x)  # C


def custom_vjp(x):
    @jax.custom_vjp
    def clipped(y):
        return jnp.sin(y)  # A

    def forward(y):
        return jnp.sin(y), y  # B

    def backward(y, g):
        return (jnp.clip(g * jnp.cos(y), -1.0, 1.0),)

    clipped.defvjp(forward, backward)
    return jax.value_and_grad(lambda y: clipped(y).sum())(x)  # C


def vmap_of_grad(x):
    def loss(y):
        return jnp.sin(y) * y  # A

    return jax.vmap(jax.grad(loss))(x)  # B


def sharded(x):
    mesh = jax.make_mesh((1,), ("i",), (jax.sharding.AxisType.Auto,), devices=jax.devices()[:1])
    spec = PartitionSpec("i")

    def local(y):
        return jnp.exp(y) / jax.lax.psum(jnp.exp(y).sum(), "i")  # A

    return jax.shard_map(local, mesh=mesh, in_specs=spec, out_specs=spec)(x)  # B


def sort(x):
    return jnp.sort(x)  # A


def reduced(m):
    return m.sum(axis=1)  # A


def dense(m, w, b):
    y = m @ w  # A
    y = y + b  # B
    return jax.nn.relu(y)  # C


def gather_scatter(x, i):
    picked = x[i]  # A
    return x.at[i].add(picked * 2.0)  # B


def random(key):
    return jax.random.uniform(key, (3,))  # A


def literal_result(x):
    return 1.0, x, jnp.sin(x)  # A


def static_argument(x, times):
    for _ in range(times):
        x = jnp.sin(x)  # A
    return x


def identity(x):
    return x


K = jax.random.key(0)
I = jnp.array([0, 2])  # noqa: E741

# Per program: the arguments, what `jax.jit` is told, and by letter what was written by hand.
TRUTH: list[tuple[Any, tuple[Any, ...], dict[str, Any], dict[str, tuple[str, str]]]] = [
    (
        equal_lines,
        (X,),
        {},
        {
            "A": ("sin kept, mul kept", "fusion multiply sine"),
            "B": ("sin merged, add kept", "add fusion sine"),
        },
    ),
    (
        equal_in_two_functions,
        (X,),
        {},
        {
            "A": ("exp kept, add kept", "add exponential fusion"),
            "B": ("jit kept, exp merged", "broadcast constant exponential fusion"),
        },
    ),
    (
        commuted,
        (X, X + 1),
        {},
        {
            "A": ("mul kept", "multiply"),
            "B": ("mul merged", "fusion multiply"),
            "C": ("sin kept, cos kept", "cosine fusion sine"),
        },
    ),
    (
        constant_folding,
        (X,),
        {},
        {
            "A": ("broadcast_in_dim folded", ""),
            "B": ("mul folded", ""),
            "C": ("convert_element_type folded, mul kept", "fusion multiply"),
        },
    ),
    (
        dead_code,
        (X,),
        {},
        {
            "A": ("cos dead", ""),
            "B": ("reduce_sum dead", ""),
            "C": ("add kept", "add fusion"),
        },
    ),
    (
        nothing_changes,
        (X,),
        {},
        {
            "A": ("mul folded", ""),
            "B": ("", ""),
            "C": ("add folded", ""),
            "D": ("sin kept", "fusion sine"),
        },
    ),
    (
        scan,
        (X,),
        {},
        {
            "A": ("mul kept, tanh kept", "broadcast fusion multiply tanh"),
            "B": ("reduce_sum kept", "add bitcast reduce"),
            "C": (
                "slice folded, scan kept",
                "add bitcast call compare constant copy dynamic-slice dynamic-update-slice fusion "
                "get-tuple-element parameter tuple while",
            ),
        },
    ),
    (
        while_loop,
        (X,),
        {},
        {
            "A": ("lt kept", "compare fusion"),
            "B": ("add kept, sin kept", "add fusion sine"),
            "C": ("while kept", "call constant get-tuple-element parameter tuple while"),
        },
    ),
    (
        cond,
        (X,),
        {},
        {
            "A": ("reduce_sum kept, gt kept", "add compare reduce"),
            "B": ("sin kept", "fusion sine"),
            "C": ("cos kept", "cosine fusion"),
        },
    ),
    (
        two_callers,
        (X, X + 1),
        {},
        {"A": ("tanh kept", "fusion tanh"), "B": ("jit kept", ""), "C": ("jit kept", "")},
    ),
    (
        remat,
        (X,),
        {},
        {
            "A": (
                "sin dead, sin dead, sin kept, cos kept, cos kept, mul kept, mul kept",
                "cosine fusion multiply sine",
            ),
        },
    ),
    (donated, (X, X), {"donate_argnums": 0}, {"A": ("add kept", "add fusion")}),
    (
        fusion_of_three,
        (X, X),
        {},
        {
            "A": ("sin kept", "sine"),
            "B": ("mul kept", "multiply"),
            "C": ("add kept", "add fusion"),
        },
    ),
    (
        custom_jvp,
        (X,),
        {},
        {"A": ("mul kept, mul kept", "fusion multiply"), "B": ("custom_jvp_call kept", "")},
    ),
    (
        custom_jvp_gradient,
        (X,),
        {},
        {
            "A": ("mul dead, mul dead", ""),
            "B": ("custom_jvp_call dead, square kept, mul kept, mul folded", "fusion multiply"),
            "C": ("reduce_sum dead, broadcast_in_dim folded", ""),
        },
    ),
    (
        custom_vjp,
        (X,),
        {},
        {
            "A": ("", ""),
            "B": ("sin kept", "sine"),
            "C": (
                "reduce_sum kept, broadcast_in_dim folded, cos kept, mul folded, jit kept, "
                "convert_element_type folded, max kept, convert_element_type folded, min kept",
                "add broadcast clamp cosine fusion reduce",
            ),
        },
    ),
    (
        vmap_of_grad,
        (X,),
        {},
        {
            "A": (
                "sin kept, cos kept, mul dead, mul folded, mul folded, mul kept, add_any kept",
                "add cosine fusion multiply sine",
            ),
            "B": ("", ""),
        },
    ),
    (
        sharded,
        (X,),
        {},
        {
            "A": (
                "exp kept, exp merged, reduce_sum kept, psum_invariant kept, pvary folded, "
                "div kept",
                "add all-reduce broadcast constant divide exponential fusion multiply reduce",
            ),
            "B": ("shard_map kept", ""),
        },
    ),
    (sort, (X,), {}, {"A": ("jit kept, sort kept", "compare select sort")}),
    (reduced, (M,), {}, {"A": ("reduce_sum kept", "add fusion reduce")}),
    (
        dense,
        (M, M, M[0]),
        {},
        {
            "A": ("dot_general kept", "dot"),
            "B": ("broadcast_in_dim folded, add kept", "add broadcast"),
            "C": (
                "custom_jvp_call kept, jit kept, max kept",
                "broadcast constant fusion maximum",
            ),
        },
    ),
    (
        gather_scatter,
        (X, I),
        {},
        {
            "A": (
                "lt merged, add merged, select_n merged, broadcast_in_dim folded, gather kept",
                "add bitcast compare fusion gather select",
            ),
            "B": (
                "mul kept, lt kept, add kept, select_n kept, broadcast_in_dim folded, "
                "scatter-add kept, add kept",
                "add bitcast compare fusion multiply scatter select",
            ),
        },
    ),
    (literal_result, (X,), {}, {"A": ("sin kept", "fusion sine")}),
    (
        static_argument,
        (X, 2),
        {"static_argnums": 1},
        {"A": ("sin kept, sin kept", "fusion sine")},
    ),
]


def at(seen: Seen, letter: str) -> tuple[str, str]:
    """The equations whose innermost line is a marked one, with their fate, and their opcodes."""
    line = lines_marked(seen.function)[letter]
    equations = [
        seen.jaxpr.node(node_id)
        for node_id in seen.lineage.at_line(line, Path(__file__).name).before
        if seen.jaxpr.node(node_id).origin.frames[0].line == line
    ]
    said = [f"{node.op} {seen.lineage.status(node.id)}" for node in equations]
    opcodes = {
        seen.hlo.node(after).op
        for node in equations
        for after in seen.lineage.forward(node.id, "tagged", "merged")
    }
    return ", ".join(said), " ".join(sorted(opcodes))


@pytest.mark.parametrize(
    ("function", "args", "options", "truth"), TRUTH, ids=[row[0].__name__ for row in TRUTH]
)
def test_lines_became_what_was_written_by_hand(function, args, options, truth):
    seen = see(function, *args, **options)
    if jax.__version_info__ >= (0, 10, 2):  # the XLA before it fuses otherwise
        assert {letter: at(seen, letter) for letter in truth} == truth
    assert seen.lineage.unlinked() == ()
