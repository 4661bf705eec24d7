"""Tagging changes names and nothing else: not the program, not the caches, not the settings."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from tagged import proto, see, without_metadata

from jaxlab import _jax
from jaxlab.analyses.lineage import lower_tagged
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr

X = jnp.linspace(-1.0, 1.0, 6, dtype=jnp.float32)
M = jnp.linspace(0.0, 1.0, 16, dtype=jnp.float32).reshape(4, 4)


def tagged(jaxpr: Any) -> Any:
    return _jax.tag_jaxpr(jaxpr, [found for _, found in jaxprs_in_order(jaxpr)])


def hidden(x):
    """A program whose jaxprs sit in tuples, closed and open, and are shared."""
    inner = jax.jit(lambda y: jnp.sin(y) * 2.0)
    x = inner(inner(x))
    x = jax.lax.cond(x.sum() > 0, inner, jnp.cos, x)
    x = jax.checkpoint(jnp.tanh)(jax.nn.relu(x))
    x, _ = jax.lax.scan(lambda carry, row: (inner(carry) * row, None), x, X)
    return jax.lax.custom_linear_solve(lambda y: 2.0 * y, x, lambda multiply, y: y / 2.0)


def test_every_equation_of_every_jaxpr_names_itself():
    jaxpr = jax.jit(hidden).trace(X).jaxpr
    graph = read_jaxpr(tagged(jaxpr))
    assert len(graph.regions) > 8
    assert [node.origin.tags for node in graph.nodes()] == [
        (f"jx~{region}.{index}",)
        for region, found in enumerate(graph.regions.values())
        for index in range(len(found.nodes))
    ]


def test_only_name_stacks_change():
    jaxpr = jax.jit(hidden).trace(X).jaxpr
    assert str(tagged(jaxpr)) == str(jaxpr)
    before, after = read_jaxpr(jaxpr), read_jaxpr(tagged(jaxpr))
    assert list(before.regions) == list(after.regions)
    for old, new in zip(before.nodes(), after.nodes(), strict=True):
        assert (old.id, old.op, old.params, old.effects) == (
            new.id,
            new.op,
            new.params,
            new.effects,
        )
        assert (old.origin.scopes, old.origin.frames) == (new.origin.scopes, new.origin.frames)
    assert {tag for node in before.nodes() for tag in node.origin.tags} == set()


def test_a_shared_jaxpr_stays_one_object():
    def program(x):
        inner = jax.jit(lambda y: jnp.sin(y))
        return inner(x), inner(x + 1)

    jaxpr = tagged(jax.jit(program).trace(X).jaxpr)
    first, second = [eqn.params["jaxpr"] for eqn in jaxpr.eqns if "jaxpr" in eqn.params]
    assert first is second


def test_a_jaxpr_that_is_not_listed_keeps_its_names():
    jaxpr = jax.jit(lambda x: jnp.sin(x)).trace(X).jaxpr
    left = read_jaxpr(_jax.tag_jaxpr(jaxpr, []))
    assert [node.origin.tags for node in left.nodes()] == [()]


def test_the_stablehlo_differs_in_locations_alone():
    traced = jax.jit(hidden).trace(X)
    assert lower_tagged(traced).as_text() == traced.lower().as_text()
    assert "jx~" in lower_tagged(traced).as_text(debug_info=True)
    assert "jx~" not in traced.lower().as_text(debug_info=True)


def test_donation_is_kept():
    seen = see(lambda x, y: x + y, X, X, donate_argnums=0)
    assert seen.hlo.facts["input_output_alias"]
    x = X.copy()
    seen.compiled(x, X)
    assert x.is_deleted()


def test_shardings_names_and_unused_arguments_are_kept():
    mesh = Mesh(jax.devices()[:1], ("i",))
    spread = NamedSharding(mesh, PartitionSpec("i"))

    def spread_sine(x, unused):
        return {"result": jnp.sin(x)}

    for keep_unused in (False, True):
        seen = see(
            spread_sine, X, M, in_shardings=spread, out_shardings=spread, keep_unused=keep_unused
        )
        parameters = [node for node in seen.hlo.main.nodes if node.op == "parameter"]
        assert len(parameters) == 1 + keep_unused
        assert seen.compiled.output_shardings == {"result": spread}
        assert seen.hlo.name == "jit_spread_sine"


def test_compiler_options_reach_the_compiler():
    lowered = lower_tagged(jax.jit(jnp.sin).trace(X))
    with pytest.raises(Exception, match="no_such_option"):
        _jax.compile_tagged(lowered, {"no_such_option": True})


def test_lowering_for_a_platform_that_is_not_here():
    lowered = lower_tagged(jax.jit(jnp.sin).trace(X), lowering_platforms=("tpu",))
    assert "jx~0.0" in lowered.as_text(debug_info=True)


def test_what_happens_while_tracing_does_not_happen_again():
    seen: list[str] = []

    @jax.jit
    def program(x):
        seen.append("traced")
        return jnp.sin(x)

    traced = program.trace(X)
    _jax.compile_tagged(lower_tagged(traced))
    assert seen == ["traced"]


def test_the_users_own_lowering_stays_untagged():
    program = jax.jit(lambda x: jnp.sin(x) * 2.0)
    traced = program.trace(X)
    compiled = _jax.compile_tagged(lower_tagged(traced))
    assert "jx~" in compiled.as_text()
    assert "jx~" not in traced.lower().compile().as_text()
    assert "jx~" not in program.lower(X).compile().as_text()
    assert (program(X) == compiled(X)).all()


def test_no_setting_changes_for_anyone():
    before = dict(jax.config.values)
    _jax.compile_tagged(lower_tagged(jax.jit(jnp.sin).trace(X)))
    assert dict(jax.config.values) == before
    assert jax.config.jax_compilation_cache_include_metadata_in_key is False


@pytest.mark.parametrize("first", ["tagged", "plain"])
def test_the_persistent_cache_neither_feeds_nor_is_fed(tmp_path, first):
    script = f"""
        import os, jax, jax.numpy as jnp
        from jaxlab import _jax
        from jaxlab.analyses.lineage import lower_tagged
        jax.config.update("jax_compilation_cache_dir", {str(tmp_path)!r})
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
        program = jax.jit(lambda x: jnp.sin(x) * 2.0 + jnp.cos(x))
        x = jax.ShapeDtypeStruct((7,), jnp.float32)
        files = lambda: sorted(os.listdir({str(tmp_path)!r}))

        def plain():
            jax.clear_caches()
            assert "jx~" not in program.lower(x).compile().as_text()

        def tagged():
            before = files()
            compiled = _jax.compile_tagged(lower_tagged(program.trace(x)))
            assert "jx~" in compiled.as_text()
            assert files() == before

        for run in (plain, tagged) if {first!r} == "plain" else (tagged, plain):
            run()
            run()
        assert len([name for name in files() if name.endswith("-cache")]) == 1
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def programs() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Programs whose bodies are lowered in ways of their own."""
    from jax.experimental import pallas as pl

    def double(x_ref, y_ref):
        y_ref[...] = x_ref[...] * 2.0

    def in_kernel(x):
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return pl.pallas_call(double, out_shape=shape, interpret=True)(x)

    def in_place(x):
        ref = jax.new_ref(x)
        ref[0] = 3.0
        return ref[...] + 1.0

    def ordered(x):
        jax.debug.callback(lambda value: None, x.sum(), ordered=True)
        return x

    return {
        "pallas_call": (in_kernel, (X,)),
        "refs": (in_place, (X,)),
        "ordered effects": (ordered, (X,)),
        "hidden": (hidden, (X,)),
        "hessian": (jax.hessian(lambda x: jnp.sin(x).prod()), (X,)),
        "fft": (lambda x: jnp.abs(jnp.fft.fft(x)), (X,)),
        "cholesky": (lambda m: jnp.linalg.cholesky(m @ m.T + jnp.eye(4)), (M,)),
        "solve": (lambda m: jnp.linalg.solve(m + jnp.eye(4), m[0]), (M,)),
        "while in scan": (
            lambda x: jax.lax.map(lambda row: jax.lax.fori_loop(0, 3, lambda i, y: y * y, row), x),
            (X,),
        ),
        "random": (lambda key: jax.random.normal(key, (3,)), (jax.random.key(0),)),
        "associative_scan": (partial(jax.lax.associative_scan, jnp.multiply), (X,)),
        "bfloat16": (lambda m: (m.astype(jnp.bfloat16) @ m.astype(jnp.bfloat16)).sum(), (M,)),
        "no arguments": (lambda: jnp.arange(3) * 2, ()),
    }


@pytest.mark.parametrize("name", programs())
def test_tags_leave_code_and_results_as_they_are(name):
    function, args = programs()[name]
    see(function, *args)


def test_an_executable_that_was_loaded_is_read_as_tagged():
    traced = jax.jit(lambda x: jnp.sin(x)).trace(X)
    compiled = _jax.compile_tagged(lower_tagged(traced))
    tags = {tag for node in read_hlo(proto(compiled)).nodes() for tag in node.origin.tags}
    assert tags == {"jx~0.0"}
    assert "metadata" not in without_metadata(compiled.as_text())
