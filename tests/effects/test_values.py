"""`%%jaxeffects --values`: what values were, beside the equations that made them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax
import pytest

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell

import jaxlab
from jaxlab.effects import ranges


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    jax.clear_caches()
    shell = InteractiveShell.instance(colors="nocolor")
    shell.run_line_magic("load_ext", "jaxlab")
    shell.run_cell("import jax, jax.numpy as jnp")
    yield shell
    shell.run_line_magic("unload_ext", "jaxlab")
    InteractiveShell.clear_instance()


def values_of(shell: Any, cell: str) -> dict[str, Any]:
    """What is said of each primitive, all its equations together, in the order written."""
    result = shell.run_cell("%%jaxeffects --values --quiet\n" + cell)
    result.raise_error()
    program = jaxlab.last
    assert program is not None and program.jaxpr is not None
    said = program.values[0].values
    found: dict[str, Any] = {}
    for node in program.jaxpr.nodes():
        if node.id in said:
            found.setdefault(node.op, []).append(said[node.id])
    return found


def test_eager_values(shell: Any) -> None:
    found = values_of(shell, "x = jax.lax.mul(jnp.array([1., 2., 3.]), 2.)")
    assert found["mul"] == ["2 … 6, mean 4"]


def test_values_inside_calls_loops_and_branches(shell: Any) -> None:
    found = values_of(
        shell,
        """
@jax.jit
def f(x):
    x = jax.lax.cond(x > 0, jnp.sin, jnp.cos, x)
    x, _ = jax.lax.scan(lambda c, y: (c + y, None), x, jnp.arange(3.))
    return jax.lax.while_loop(lambda c: c < 7, lambda c: c * 2, x)
f(0.0)
""",
    )
    assert found["cos"] == ["0"] or found["cos"] == ["1"]
    assert found["cos"] == [f"{math.cos(0.0):.3g}"]
    assert "sin" not in found  # the branch that was not taken
    assert found["add"] == ["1 … 4, mean 2.33"]  # 1, 2, 4
    assert found["mul"] == ["8"]
    assert found["while"] == ["8"]


def test_values_of_several_calls_are_joined(shell: Any) -> None:
    cell = "g = jax.jit(lambda x: jnp.exp(x))\nfor i in range(3):\n    y = g(float(i))"
    found = values_of(shell, cell)
    exp = [math.exp(i) for i in range(3)]
    assert found["jit"] == [f"1 … {exp[2]:.3g}, mean {sum(exp) / 3:.3g}"]
    assert found["exp"] == ["1"]  # inside of calls, the first one


def test_nans_are_counted_and_painted(shell: Any) -> None:
    found = values_of(shell, "y = jax.jit(lambda x: jnp.log(x))(jnp.array([-1., 1., 0., 2.]))")
    mean = math.log(2) / 2
    assert found["log"] == [f"0 … {math.log(2):.3g}, mean {mean:.3g}, 1 NaN of 4, 1 infinite of 4"]
    program = jaxlab.last
    assert program is not None
    assert [each.name for each in program.values] == ["values", "not finite"]
    assert set(program.values[1].values.values()) <= {0, 2}
    assert sum(map(float, program.values[1].values.values())) == 4  # of the call, and inside of it


def test_prints_happen_once_and_ordered_effects_are_not_repeated(shell: Any, capsys: Any) -> None:
    cell = """
def seen(x):
    counted.append(1)
    return x
@jax.jit
def f(x):
    jax.debug.print("once {}", x)
    return jax.lax.fori_loop(0, 2, lambda _, c: (jax.debug.print("loop {}", c), c + 1)[1], x)
@jax.jit
def g(x):
    return jax.experimental.io_callback(seen, x, x)
counted = []
f(jnp.float32(1.0)); g(jnp.float32(2.0)); jax.effects_barrier()
"""
    shell.run_cell("import jax.experimental")
    found = values_of(shell, cell)
    out = capsys.readouterr().out
    assert out.count("once") == 1 and out.count("loop") == 2
    assert len(shell.user_ns["counted"]) == 1
    assert found["add"]
    assert "io_callback" not in found


def test_it_stops_in_time(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MOST_SECONDS", 0.0)
    found = values_of(shell, "y = jax.jit(lambda x: jnp.sin(x) + 1)(2.0)")
    assert found["jit"] == [f"{math.sin(2.0) + 1:.3g}"]


def test_the_text_shows_them(shell: Any, capsys: Any) -> None:
    capsys.readouterr()
    shell.run_cell("%%jaxeffects --values\nx = jax.lax.mul(jnp.array([1., 2., 3.]), 2.)")
    lines = [line for line in capsys.readouterr().out.splitlines() if "2 … 6, mean 4" in line]
    assert any("mul" in line for line in lines)


def test_a_call_is_not_run_for_it(shell: Any, capsys: Any) -> None:
    shell.run_cell("%jaxeffects --values jax.jit(jnp.sin)(1.0)")
    out = capsys.readouterr()
    assert "looks at values" in out.out + out.err
