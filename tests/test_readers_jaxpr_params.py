"""What params, literals and consts are read as: all of them, and nothing that holds memory."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Primitive
from jax_counts import X, only, read

from jaxlab.graph import Graph, RegionRef, check
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr


def test_jaxprs_in_lists_dicts_and_tuples_of_tuples():
    class Pair(NamedTuple):
        left: Any
        right: Any

    body = jax.make_jaxpr(jnp.sin)(1.0)
    deep = (Holder({"a": [body], "b c": 1}), Pair(1, (body,)))
    graph = read(lambda x: _made_up("nest").bind(x, deep=deep, number=3), X)
    node = only(graph, "nest")
    assert node.calls == (
        ("deep[0].inside.a[0]", "main/0.deep[0].inside.a[0]"),
        ("deep[1].right[0]", "main/0.deep[0].inside.a[0]"),
    )
    reference = RegionRef("main/0.deep[0].inside.a[0]")
    read_deep: Any = node.params["deep"]
    assert read_deep[0].inside == {"a": [reference], "b c": 1}
    assert read_deep[1] == Pair(1, (reference,))
    assert deep[0].inside["a"] == [body]
    assert node.params["number"] == 3
    assert len(graph) == 2


@dataclass(eq=False)
class Holder:
    """JAX wants params that can be hashed; what is inside need not."""

    inside: Any


def _made_up(name: str) -> Primitive:
    primitive = Primitive(name)
    primitive.def_abstract_eval(lambda x, **_: x)
    return primitive


def test_every_param_is_kept():
    def f(x):
        y = jnp.pad(x, 1)[jnp.array([1, 2])]
        return lax.dot_general(y, y, (((0,), (0,)), ((), ())))

    jaxpr = jax.make_jaxpr(f)(X)
    graph = read_jaxpr(jaxpr)
    for region_id, found in jaxprs_in_order(jaxpr):
        for node, equation in zip(graph.regions[region_id].nodes, found.eqns, strict=True):
            assert list(node.params) == list(equation.params)
            for name, value in equation.params.items():
                if not isinstance(node.params[name], RegionRef):
                    assert node.params[name] is value, (node.op, name)
    assert type(only(graph, "gather").params["dimension_numbers"]).__name__ == (
        "GatherDimensionNumbers"
    )


def test_a_const_is_described_and_its_array_is_not_kept():
    tiny, large = jnp.arange(3.0), jnp.ones((100, 100))
    graph = read(lambda x: x + tiny.sum() + large.sum() + tiny[0], 1.0)
    consts = [value for value in graph.main.inputs if value.role == "const"]
    assert {value.literal for value in consts} >= {"[0. 1. 2.]", "f32[100,100]"}
    assert {str(value.type) for value in consts} >= {"f32[3]", "f32[100,100]"}


def test_consts_that_must_not_be_waited_for_or_read_are_named_by_type():
    key, gone = jax.random.key(0), jnp.ones(2)
    graph = read_jaxpr(jax.make_jaxpr(lambda: (jax.random.bits(key), gone * 1))())
    assert sorted(value.literal for value in graph.main.inputs) == ["[1. 1.]", "key<fry>[]"]
    jaxpr = jax.make_jaxpr(lambda: gone * 1)()
    gone.delete()
    assert read_jaxpr(jaxpr).main.inputs[0].literal == "f32[2]"


class Held:
    """Something large that closures hold."""


def test_a_graph_keeps_neither_arrays_nor_closures_alive():
    def build() -> tuple[Graph, list[weakref.ref[Any]]]:
        array, held = jnp.ones((64, 64)), Held()
        numbers = np.ones(1000)

        @jax.custom_vjp
        def f(x):
            return x * 2

        f.defvjp(lambda x: (f(x), held), lambda _, g: (g,))
        holder = Holder([numbers, {"a": array}])

        def program(x):
            x = _made_up("hold").bind(x, holder=holder, text="kept")
            y = jax.pure_callback(lambda a: (held, a)[1], X, f(x))
            return y + array.sum() + numbers.sum()

        jaxpr = jax.make_jaxpr(program)(X)
        return read_jaxpr(jaxpr), [weakref.ref(array), weakref.ref(held), weakref.ref(numbers)]

    graph, references = build()
    jax.clear_caches()
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]
    params: Any = only(graph, "hold").params
    assert params["text"] == "kept"
    assert params["holder"].inside == ["f64[1000]", {"a": "f32[64,64]"}]
    assert str(only(graph, "pure_callback").params["callback"]).startswith("function ")
    assert check(graph) == ()


def test_literals_are_written_out():
    def f(x, n):
        return x * 2.5 + jnp.where(n > 3, 1.0, -jnp.inf)

    graph = read(f, 1.0, 7)
    literals = [value for node in graph.nodes() for value in node.inputs if value.role == "literal"]
    assert {"2.5", "3", "1.0", "-inf"} <= {value.literal for value in literals}
    assert {value.id for value in only(graph, "gt").inputs} == {
        "main<1",
        f"{only(graph, 'gt').id}=1",
    }


def test_an_array_in_an_ffi_call_is_not_kept():
    call = jax.ffi.ffi_call("fast_fourier", X, has_side_effect=True)
    node = only(read(lambda x: call(x, table=np.arange(3), large=np.ones(99)), X), "ffi_call")
    attributes: Any = node.params["attributes"]
    assert dict(attributes) == {"table": "[0 1 2]", "large": "f64[99]"}
    assert node.effects == ("FFI",)


def test_what_with_blocks_give_an_equation_is_among_its_params():
    from jax.experimental.xla_metadata import set_xla_metadata

    def f(x):
        with set_xla_metadata(mine="yes"):
            return x + 1

    assert only(read(f, X), "add").params["xla_metadata"] == {"mine": "yes"}
