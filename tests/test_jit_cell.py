"""A cell traced as one jitted function: its namespace before, after, and when it fails."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxlab.capture.jit_cell import compile_cell, trace_cell
from jaxlab.errors import CaptureError


def run(text: str, namespace: dict):
    """Trace a cell and run it; gives its value, its jaxpr and what was said to be mutated."""
    namespace.update(jnp=jnp, jax=jax, np=np)
    cell = trace_cell(compile_cell(text, "<cell>"), namespace)
    value = cell.run(cell.traced.lower().compile(), namespace)
    return value[0] if value else None, cell.traced.jaxpr, cell.mutated


def test_results_are_bound_and_the_last_expression_is_the_value():
    names = {"x": jnp.arange(3.0)}
    value, jaxpr, mutated = run("y = x * 2\nz = y.sum()\nz + 1", names)
    assert float(value) == 7
    assert float(names["z"]) == 6
    assert not isinstance(names["y"], jax.core.Tracer)
    assert jaxpr.debug_info.arg_names == ("x",)
    assert jaxpr.debug_info.result_paths == ("y", "z", "Out")
    assert mutated == ()


def test_only_what_the_cell_reads_is_an_argument():
    names = {"x": jnp.ones(3), "unused": jnp.ones(1000), "more": [jnp.ones(2)]}
    _, jaxpr, _ = run("y = x + 1", names)
    assert [str(v.aval) for v in jaxpr.invars] == ["float32[3]"]
    assert names["more"][0].shape == (2,)


def test_containers_keep_their_identity_and_their_aliases():
    params = {"w": jnp.ones(2), "layers": [jnp.ones(3), jnp.zeros(3)]}
    layers = params["layers"]
    names = {"params": params, "alias": params, "layers": layers}
    run("new = params['w'] + layers[0].sum()\nsame = alias is params", names)
    assert names["params"] is params
    assert names["alias"] is params
    assert params["layers"] is layers
    assert names["same"] is True
    assert isinstance(params["w"], jax.Array)
    np.testing.assert_array_equal(names["new"], 4 * np.ones(2))


def test_changes_in_place_arrive_and_are_said():
    losses, params = [], {"w": jnp.ones(2)}
    names = {"losses": losses, "params": params}
    _, _, mutated = run("params['w'] = params['w'] * 3\nlosses.append(params['w'].sum())", names)
    assert names["losses"] is losses
    assert float(losses[0]) == 6
    assert names["params"] is params
    np.testing.assert_array_equal(params["w"], [3, 3])
    assert [line.split("`")[1] for line in mutated] == ["losses", "params"]
    assert "once" in mutated[0]


class Model:
    def __init__(self, w):
        self.w = w


def test_attributes_arrive_and_are_said():
    model = Model(jnp.ones(2))
    names = {"model": model, "Model": Model}
    _, _, mutated = run("model.w = model.w + 1\nother = Model(model.w * 2)", names)
    np.testing.assert_array_equal(model.w, [2, 2])
    np.testing.assert_array_equal(names["other"].w, [4, 4])
    assert [line.split("`")[1] for line in mutated] == ["model.w"]


class Pair(NamedTuple):
    a: object
    b: object


def test_named_tuples_sets_and_pytrees():
    names = {"pair": Pair(jnp.ones(2), 3), "seen": {1}, "Pair": Pair}
    value, _, mutated = run("pair = Pair(pair.a + pair.b, pair.b)\nseen.add(2)\npair", names)
    assert type(value) is Pair
    assert type(names["pair"]) is Pair
    np.testing.assert_array_equal(names["pair"].a, [4, 4])
    assert names["seen"] == {1, 2}
    assert [line.split("`")[1] for line in mutated] == ["seen"]


def test_deletes_definitions_and_imports():
    names = {"x": jnp.ones(2), "old": 1}
    text = (
        "import math\nfrom os.path import *\ndef f(a):\n    return a * k\nk = 5\ny = f(x)\ndel old"
    )
    run(text, names)
    assert "old" not in names
    assert names["join"]
    names["k"] = 7
    np.testing.assert_array_equal(names["f"](jnp.ones(2)), [7, 7])  # its globals are the user's


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("if x.sum() > 0:\n    y = 1", "Line 1, `if x.sum() > 0:`, needs the value"),
        ("z = 1\ny = float(x[0])", "Line 2, `y = float(x[0])`, needs the value"),
        ("y = np.sin(x)", "Use `jnp` in place of NumPy"),
        ("y = x[x > 0]", "jnp.where(mask, x, 0)"),
        ("y = list(range(x[0].astype(int)))", "needs the value of an array of type int32[]"),
        ("for v in range(3):\n    while x[v] > 0:\n        pass", "Line 2, `while x[v] > 0:`"),
    ],
)
def test_what_needs_a_value_is_one_clear_line(text, message):
    losses = [1]
    names = {"x": jnp.ones(3), "losses": losses}
    x = names["x"]
    with pytest.raises(CaptureError) as caught:
        run(f"losses.append(0); {text}" if text.startswith("y") else text, names)
    assert message in str(caught.value)
    assert "(it depends on x)" in str(caught.value) or "x[x > 0]" in text
    assert "leave out --jit" in str(caught.value)
    assert names["x"] is x
    assert losses == [1]
    assert "y" not in names


def test_the_users_own_errors_pass_and_everything_is_put_back():
    model, losses = Model(jnp.ones(2)), []
    names = {"x": jnp.ones(3), "model": model, "losses": losses, "d": {"a": jnp.ones(1)}}
    before = dict(names)
    text = "losses.append(x)\nmodel.w = x\nd['a'] = x\ny = x\ndel x\nraise KeyError('mine')"
    with pytest.raises(KeyError, match="mine"):
        run(text, names)
    assert {name: names[name] for name in before} == before
    assert "y" not in names
    assert losses == []
    assert model.w.shape == (2,)
    assert isinstance(names["d"]["a"], jax.Array)


def test_functions_that_close_over_arrays_work_afterwards():
    names = {"x": jnp.ones(2)}
    text = """
def adder(amount):
    return lambda values: values + amount
add = adder(x * 2)
scale = lambda values, by=x + 1, *, k=x: values * by * k
y = add(x)
"""
    _, _, said = run(text, names)
    np.testing.assert_array_equal(names["add"](names["y"]), [5, 5])
    np.testing.assert_array_equal(names["scale"](names["x"]), [2, 2])
    assert said == ()


def test_a_suspended_generator_that_holds_a_tracer_is_said():
    names = {"x": jnp.ones(2)}
    _, _, said = run("rows = (total for total in [x * 2, x])\nfirst = next(rows)", names)
    assert [line.split("`")[1] for line in said] == ["rows"]


def test_numpy_buffers_are_watched():
    names = {"x": jnp.ones(2), "seen": np.zeros(3)}
    _, _, said = run("seen[1] = 5\ny = x + 1", names)
    assert [line.split("`")[1] for line in said] == ["seen"]
    with pytest.raises(KeyError):
        run("seen[2] = 7\nraise KeyError", names)
    assert names["seen"].tolist() == [0, 5, 0]


def test_an_interrupt_leaves_the_namespace_as_it_was():
    names = {"x": jnp.ones(3)}
    x = names["x"]
    with pytest.raises(KeyboardInterrupt):
        run("y = x + 1\nraise KeyboardInterrupt", names)
    assert names["x"] is x
    assert "y" not in names


def test_a_failing_run_puts_everything_back():
    losses = []
    names = {"x": jnp.ones(3), "losses": losses, "jnp": jnp}
    cell = trace_cell(compile_cell("y = x + 1\nlosses.append(y)", "<cell>"), names)

    def failing(*args):
        raise RuntimeError("out of memory")

    with pytest.raises(CaptureError, match="can't be compiled or run: out of memory"):
        cell.run(failing, names)
    assert "y" not in names
    assert losses == []


def test_deleted_arrays_are_left_where_they_are():
    x = jnp.ones(3)
    x.delete()
    names = {"x": x, "y": jnp.ones(2)}
    run("z = y + 1", names)
    assert names["x"] is x


def test_await_is_refused_with_its_line():
    with pytest.raises(CaptureError, match="Line 2 awaits"):
        compile_cell("x = 1\nawait something()", "<cell>")


def test_syntax_errors_are_pythons():
    with pytest.raises(SyntaxError):
        compile_cell("if True", "<cell>")


def test_side_effects_happen_once():
    calls = []
    names = {"x": jnp.ones(3), "calls": calls}
    run("calls.append(1)\ny = x + 1", names)
    assert calls == [1]
