"""Where equations come from: scopes, transforms, tags, and the lines of the user."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import pytest
from jax_counts import X, only, read

from jaxlab._jax import frames_of_python, is_user_file
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr


def test_rematted_scopes_of_a_gradient_are_transforms():
    def f(x):
        with jax.named_scope("block"):
            return jnp.sum(jax.checkpoint(lambda y: jnp.sin(jnp.sin(y)))(x))

    graph = read(jax.grad(f), X)
    again = [node for node in graph.nodes() if "rematted_computation" in node.origin.transforms]
    assert again
    assert all("rematted_computation" not in node.origin.scopes for node in graph.nodes())


def test_scopes_and_transforms():
    def f(x):
        with jax.named_scope("outer"):
            y = jnp.sin(x)
            with jax.named_scope("a/b"):
                return jnp.sum(jnp.cos(y) * y)

    graph = read(jax.vmap(jax.grad(f)), jnp.ones((2, 3)))
    origins = {(node.op, node.origin.scope, node.origin.transforms) for node in graph.nodes()}
    assert ("sin", "outer", ("vmap", "jvp")) in origins
    assert ("cos", "outer/a/b", ("vmap", "jvp")) in origins
    assert ("mul", "outer/a/b", ("vmap", "transpose", "jvp")) in origins
    assert graph.count(scope="outer/a") > 0


def test_tags_are_no_scopes():
    def f(x):
        with jax.named_scope("jx~0.7"), jax.named_scope("mine"):
            return jnp.sin(x)

    origin = only(read(f, X), "sin").origin
    assert origin.scopes == ("mine",)
    assert origin.tags == ("jx~0.7",)


def test_frames_are_the_users_innermost_first():
    def inner(x):
        return jnp.sin(x)

    def outer(x):
        return inner(x)

    (node,) = read(outer, X).main.nodes
    first, second, *_ = node.origin.frames
    start = inspect.getsourcelines(inner)[1]
    assert first.file == second.file == __file__
    assert (first.line, second.line) == (start + 1, start + 4)
    assert first.function.endswith("inner")
    source = inspect.getsource(inner).splitlines()[1]
    assert source[first.column - 1 : first.end_column - 1] == "jnp.sin(x)"


def test_equations_inside_a_librarys_jit_lead_to_the_line_that_called_it():
    jax.clear_caches()
    graph = read(lambda x: jnp.where(x > 0, x, 0.0), X)
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    for node in graph.nodes():
        assert [frame.line for frame in node.origin.frames][:1] == [line], node.op


def test_an_equation_without_a_line_has_its_callers():
    @jax.jit
    def f(x):
        return jnp.sin(x)

    jaxpr = jax.make_jaxpr(lambda x: f(x))(X)
    (_, inner) = jaxprs_in_order(jaxpr)[1]
    equation = inner.eqns[0]
    equation.source_info = type(equation.source_info)(None, equation.source_info.name_stack)
    graph = read_jaxpr(jaxpr)
    assert only(graph, "sin").origin.frames == only(graph, "jit").origin.frames != ()


def test_files_of_the_user_and_of_others():
    assert is_user_file("/tmp/ipykernel_12/3456.py")
    assert is_user_file("<ipython-input-1-abc>")
    assert is_user_file("/home/me/train.py")
    assert is_user_file("/usr/lib/python3/dist-packages/flax/linen/module.py")
    assert not is_user_file("/usr/lib/python3.13/site-packages/IPython/core/interactiveshell.py")
    assert not is_user_file("/opt/site-packages/ipykernel/kernelbase.py")
    assert not is_user_file("/opt/site-packages/ipykernel_launcher.py")
    assert not is_user_file("C:\\venv\\site-packages\\IPython\\x.py")
    assert not is_user_file("<frozen runpy>")
    assert not is_user_file(jax.__file__)
    assert not is_user_file(inspect.getsourcefile(read_jaxpr) or "")
    assert not is_user_file(inspect.getsourcefile(inspect) or "")
    assert is_user_file(pytest.__file__.replace("pytest", "optax"))
    assert is_user_file(jax.__file__.replace("/jax/", "/jax_triton/"))


def test_frames_of_a_running_function():
    first, *_ = frames_of_python(inspect.currentframe())
    assert first.file == __file__
    assert first.function == "test_frames_of_a_running_function"
