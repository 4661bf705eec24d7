"""Name-stack texts as JAX 0.10.2 and 0.12.0.1 write them, and as users may spoil them."""

from __future__ import annotations

import re
import time

import jax
import jax.numpy as jnp
import pytest
from jax.extend import core

from jaxlab.readers.names import split_name_stack, split_scopes, without_tags


@pytest.mark.parametrize(
    ("text", "scopes", "transforms", "primitive"),
    [
        ("", "", "", ""),
        ("add", "", "", "add"),
        ("params['w']", "", "", "params['w']"),
        ("jit(step)", "", "", "jit"),
        ("jit(step)/mul", "", "", "mul"),
        ("jit(step)/jvp()/reduce_sum", "", "jvp", "reduce_sum"),
        ("jit(step)/jvp()", "", "jvp", ""),
        ("jit(step)/jvp(block_3)/attn/tanh", "block_3|attn", "jvp", "tanh"),
        ("jit(f)/transpose(jvp(block_3))/attn/mul", "block_3|attn", "transpose jvp", "mul"),
        ("jit(f)/outer/vmap(transpose(jvp(a)))/b/mul", "outer|a|b", "vmap transpose jvp", "mul"),
        ("jit(f)/jvp(vmap(a))/sin", "a", "jvp vmap", "sin"),
        ("jit(f)/a/jvp()/b/vmap(c)/sin", "a|b|c", "jvp vmap", "sin"),
        # calls
        ("jit(step)/jvp(jit(<lambda>))", "", "jvp", "jit"),
        ("jit(step)/jvp(jit(<lambda>))/block/add", "block", "jvp", "add"),
        ("jit(step)/jvp()/jit(relu)/max", "", "jvp", "max"),
        ("jit(f(x)/y)/a/add", "a", "", "add"),
        ("jit(jvp(f))/a/add", "a", "", "add"),
        ("pjit(f)/a/add", "a", "", "add"),
        # the parts of control flow; JAX 0.10 says closed_call where 0.12 says eval_jaxpr
        ("jit(f)/jvp()/while", "", "jvp", "while"),
        ("jit(f)/jvp()/while/body/eval_jaxpr/blk/add", "blk", "jvp", "add"),
        ("jit(f)/jvp()/while/body/closed_call/blk/add", "blk", "jvp", "add"),
        ("jit(f)/jvp()/while/body/closed_call", "", "jvp", "closed_call"),
        ("jit(f)/while/cond/lt", "", "", "lt"),
        ("jit(f)/while/body_pred/lt", "", "", "lt"),
        ("jit(f)/jvp(while)/body/add", "", "jvp", "add"),
        ("jit(f)/cond", "", "", "cond"),
        ("jit(f)/a/cond/branch_12_fun/b/sin", "a|b", "", "sin"),
        ("jit(f)/while/a/sin", "while|a", "", "sin"),  # a scope of the user's
        ("jit(f)/cond/body/sin", "cond|body", "", "sin"),
        ("jit(f)/loss/shard_map/sm/tan", "loss|sm", "", "tan"),
        ("jit(f)/loss/shard_map", "loss", "", "shard_map"),
        ("jit(f)/mykernel/pallas_call", "mykernel", "", "pallas_call"),
        ("jit(f)/custom_jvp_call/a/sin", "a", "", "sin"),
        # rematerialization
        (
            "jit(f)/transpose(jvp(jvp()))/checkpoint/rematted_computation/a/mul",
            "a",
            "transpose jvp jvp checkpoint rematted_computation",
            "mul",
        ),
        ("jit(f)/checkpoint", "", "", "checkpoint"),
        # names that users type
        ("jit(f)/f(x)/sin", "f(x)", "", "sin"),
        ("jit(f)/a [0] é/sin", "a [0] é", "", "sin"),
        ("jit(f)/jvp(odd [a] (b) é/x;y)/mul", "odd [a] (b) é|x;y", "jvp", "mul"),
        ("jit(f)/a (b/c/sin", "a (b|c", "", "sin"),
        ("jit(f)/jvp(a (b)/c/sin", "a (b|c", "jvp", "sin"),
        ("jit(f)/transpose(jvp(a)b))/c/sin", "a)b|c", "transpose jvp", "sin"),
        ("jit(f)/jvp(a/sin", "jvp(a", "", "sin"),
        ("jit(f)/a)/b/sin", "a)|b", "", "sin"),
        ("jit(f)//a///b/sin", "a|b", "", "sin"),
        ("jit(f)/a;b/sin", "a;b", "", "sin"),
        ("jit(f)/jvpx(a)/sin", "jvpx(a)", "", "sin"),
        # joined by MLIR
        ("jit(f)/a/mul;jit(f)/b/add", "a", "", "mul"),
    ],
)
def test_a_name_is_split_into_what_the_user_named_and_what_jax_did(
    text: str, scopes: str, transforms: str, primitive: str
) -> None:
    expected = tuple(scopes.split("|")) if scopes else ()
    assert split_name_stack(text) == (expected, tuple(transforms.split()), (), primitive)


def test_tags_are_kept_apart_outermost_first() -> None:
    text = "jit(f)/jvp(a)/jx~0.3/jit(g)/vmap(jx~2.11)/mul"
    assert split_name_stack(text) == (("a",), ("jvp", "vmap"), ("jx~0.3", "jx~2.11"), "mul")
    assert split_name_stack("jit(f)/jx~0.3").tags == ("jx~0.3",)
    assert split_name_stack("jit(f)/jx~0.3x/mul").scopes == ("jx~0.3x",)


def test_a_text_without_its_tags() -> None:
    assert without_tags("jit(f)/jvp(a)/jx~0.3/jit(g)/mul") == "jit(f)/jvp(a)/jit(g)/mul"
    assert without_tags("jit(f)/jvp(jx~0.3)/mul") == "jit(f)/jvp()/mul"
    assert without_tags("jit(f)/jvp(jx~0.3/a)/jx~0.11") == "jit(f)/jvp(a)"
    assert without_tags("jx~0.3") == ""
    assert without_tags("plain/name") == "plain/name"


def test_tags_of_joined_names_are_all_kept() -> None:
    found = split_name_stack("jit(f)/a/jx~0.1/mul;jit(f)/b/jx~0.2/add")
    assert found == (("a",), (), ("jx~0.1", "jx~0.2"), "mul")


def test_a_name_stack_without_a_primitive() -> None:
    assert split_scopes("outer/vmap(transpose(jvp(a)))/b") == (
        ("outer", "a", "b"),
        ("vmap", "transpose", "jvp"),
        (),
        "",
    )
    assert split_scopes("transpose(jvp())").transforms == ("transpose", "jvp")


@pytest.mark.parametrize("piece", ["jvp(", "jvp(a/", "a)/", "jvp(a)/", "jit(", "transpose(jvp(x)/"])
def test_a_hundred_thousand_characters_are_split_in_no_time(piece: str) -> None:
    text = f"jit(f)/{piece * (100_000 // len(piece))}/sin"
    start = time.perf_counter()
    assert split_name_stack(text).primitive == "sin"
    assert time.perf_counter() - start < 5


def test_deep_nesting_is_no_recursion() -> None:
    found = split_name_stack(f"{'jvp(a/' * 5_000}b{')' * 5_000}/sin")
    assert found == (("a",) * 5_000 + ("b",), ("jvp",) * 5_000, (), "sin")


def _block(x: jax.Array, w: jax.Array) -> jax.Array:
    with jax.named_scope("block_3"), jax.named_scope("attn"):
        return jnp.tanh(x @ w)


def _loss(w: jax.Array, x: jax.Array) -> jax.Array:
    def body(carry: jax.Array, _: None) -> tuple[jax.Array, None]:
        with jax.named_scope("in_scan"):
            return jnp.sin(_block(carry, w)), None

    y, _ = jax.lax.scan(body, x, None, length=3)
    with jax.named_scope("rematted"):
        y = jax.checkpoint(_block)(y, w)
    with jax.named_scope("branch"):
        y = jax.lax.cond(y.sum() > 0, jnp.cos, lambda a: _block(a, w), y)
    with jax.named_scope("odd [a] (b) é"):
        y = jax.jit(lambda a: jnp.exp(_block(a, w)))(y)
    return jax.vmap(jax.nn.relu)(y).sum()


def _paths(jaxpr: core.Jaxpr, around: tuple[str, ...]) -> set[tuple[str, tuple[str, ...]]]:
    """(primitive, scopes) of every equation, the scopes of calling equations included."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    for equation in jaxpr.eqns:
        scopes = around + split_scopes(str(equation.source_info.name_stack)).scopes
        found.add((equation.primitive.name, scopes))
        for param in equation.params.values():
            for item in param if isinstance(param, tuple | list) else (param,):
                inner = getattr(item, "jaxpr", item)
                if hasattr(inner, "eqns"):
                    found |= _paths(inner, scopes)
    return found


def test_scopes_in_optimized_hlo_are_those_of_the_equations() -> None:
    w, x = jnp.ones((4, 4)), jnp.ones((2, 4))
    traced = jax.jit(jax.value_and_grad(_loss)).trace(w, x)
    equations = _paths(traced.jaxpr.jaxpr, ())
    text = traced.lower().compile().as_text()
    assert text is not None
    names = [
        name.encode().decode("unicode_escape").encode("latin-1").decode()
        for name in re.findall(r'op_name="((?:jit\([^"\\]|\\.)(?:[^"\\]|\\.)*)"', text)
    ]
    compared = {"dot_general", "tanh", "sin", "cos", "exp", "transpose", "max"}
    met = {(split_name_stack(name).primitive, split_name_stack(name).scopes) for name in names}
    met = {(primitive, scopes) for primitive, scopes in met if primitive in compared}
    assert len(met) > 10
    assert met <= equations
