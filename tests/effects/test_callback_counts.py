"""How often callbacks run is predicted from the program, and then really counted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax.experimental import io_callback

from jaxlab.effects.callbacks import NEVER, ONCE, Times, callback_runs, callback_sites, sum_of
from jaxlab.readers.jaxpr import read_jaxpr

ERROR = (ValueError, NotImplementedError)
TESTS = Path(__file__).parent.parent
SCALAR = jax.ShapeDtypeStruct((), jnp.float32)


class Counter:
    """What is called back, and how often it was."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *values: Any) -> Any:
        self.count += 1
        return values[0] if values else None


def _debug(called: Counter, x: Any) -> Any:
    jax.debug.callback(called, x)
    return jnp.sin(x)


def _debug_bare(called: Counter, x: Any) -> Any:
    jax.debug.callback(called)
    return jnp.sin(x)


def _pure(called: Counter, x: Any) -> Any:
    return x + jax.pure_callback(called, SCALAR, x, vmap_method="sequential")


def _pure_unused(called: Counter, x: Any) -> Any:
    jax.pure_callback(called, SCALAR, x, vmap_method="sequential")
    return jnp.sin(x)


def _io(called: Counter, x: Any) -> Any:
    return x + io_callback(called, SCALAR, x)


def _io_ordered(called: Counter, x: Any) -> Any:
    return x + io_callback(called, SCALAR, x, ordered=True)


def _scan(f: Callable[..., Any]) -> Callable[..., Any]:
    def g(x: Any) -> Any:
        return jax.lax.scan(lambda c, _: (f(c), None), x, None, length=5)[0]

    return g


def _cond(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: jax.lax.cond(x > 1.5, f, jnp.cos, x)


LANES = jnp.arange(4.0)

WAYS: dict[str, tuple[Callable[..., Any], Any]] = {
    "jit": (lambda f: f, 1.0),
    "vmap": (jax.vmap, LANES),
    "grad": (jax.grad, 1.0),
    "grad(checkpoint)": (lambda f: jax.grad(jax.checkpoint(f)), 1.0),
    "scan": (_scan, 1.0),
    "grad(scan)": (lambda f: jax.grad(_scan(f)), 1.0),
    "vmap(cond)": (lambda f: jax.vmap(_cond(f)), LANES),
}

TABLE: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "debug.callback(v)": (_debug, (1, 4, 1, 2, 5, 5, 4)),
    "debug.callback()": (_debug_bare, (1, 1, 1, 2, 5, 1, 1)),
    "pure_callback, used": (_pure, (1, 4, ERROR, ERROR, 5, ERROR, 4)),
    "pure_callback, unused": (_pure_unused, (0, 0, ERROR, ERROR, 0, ERROR, 0)),
    "io_callback": (_io, (1, 4, ERROR, ERROR, 5, ERROR, ERROR)),
    "io_callback(ordered)": (_io_ordered, (1, ERROR, ERROR, ERROR, 5, ERROR, ERROR)),
}
"""How often each runs under jit, each way."""

CELLS = [
    pytest.param(program, *WAYS[way], expected, id=f"{name} {way}")
    for name, (program, row) in TABLE.items()
    for way, expected in zip(WAYS, row, strict=True)
]


def predicted(function: Callable[..., Any], *args: Any) -> Times:
    """How often a jitted call calls back, by its jaxpr."""
    graph = read_jaxpr(jax.jit(function).trace(*args).jaxpr)
    return sum_of(run.times for run in callback_runs(graph))


def counted(function: Callable[..., Any], called: Counter, *args: Any) -> int:
    """How often it really does."""
    jax.block_until_ready(jax.jit(function)(*args))
    jax.effects_barrier()
    return called.count


@pytest.mark.parametrize(("program", "way", "x", "expected"), CELLS)
def test_the_table(program: Any, way: Any, x: Any, expected: Any) -> None:
    called = Counter()
    function = way(lambda value: program(called, value))
    if expected is ERROR:
        with pytest.raises(ERROR):
            counted(function, called, x)
        return
    assert predicted(function, x) == Times(expected, expected)
    assert counted(function, called, x) == expected


def _vmap_scan_cond(called: Counter) -> tuple[Any, ...]:
    return jax.vmap(_scan(_cond(lambda x: _debug(called, x)))), LANES


def _grad_remat_scan(called: Counter) -> tuple[Any, ...]:
    return jax.grad(jax.checkpoint(_scan(lambda x: _debug(called, x)))), 1.0


def _grad_scan_remat(called: Counter) -> tuple[Any, ...]:
    return jax.grad(_scan(jax.checkpoint(lambda x: _debug(called, x)))), 1.0


def _vmap_grad_remat(called: Counter) -> tuple[Any, ...]:
    return jax.vmap(jax.grad(jax.checkpoint(lambda x: _debug(called, x)))), LANES


def _vmap_vmap(called: Counter) -> tuple[Any, ...]:
    return jax.vmap(jax.vmap(lambda x: _pure(called, x))), jnp.ones((2, 3))


def _scan_of_scan(called: Counter) -> tuple[Any, ...]:
    return _scan(_scan(lambda x: _io_ordered(called, x))), 1.0


def _jit_called_twice(called: Counter) -> tuple[Any, ...]:
    inner = jax.jit(lambda x: _debug(called, x))
    return lambda x: inner(inner(x)) + inner(x + 1), 1.0


def _fori_of_constants(called: Counter) -> tuple[Any, ...]:
    return lambda x: jax.lax.fori_loop(2, 9, lambda i, c: _debug(called, c), x), 1.0


def _carried_but_never_read(called: Counter) -> tuple[Any, ...]:
    def body(carry: Any, _: Any) -> Any:
        used, unused = carry
        return (used * 2, _pure(called, unused)), None

    return lambda x: jax.lax.scan(body, (x, x), None, length=3)[0][0], 1.0


def _read_a_round_later(called: Counter) -> tuple[Any, ...]:
    def body(carry: Any, _: Any) -> Any:
        _, early = carry
        return (early, _pure(called, early)), None

    return lambda x: jax.lax.scan(body, (x, x), None, length=3)[0][0], 1.0


def _custom_derivative(called: Counter) -> tuple[Any, ...]:
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return _debug(called, x)

    f.defvjp(lambda x: (_debug(called, x), x), lambda x, g: (g * _debug(called, x),))
    return jax.value_and_grad(f), 1.0


def _unused_in_a_jit(called: Counter) -> tuple[Any, ...]:
    inner = jax.jit(lambda x: (x * 2, _pure(called, x)))
    return lambda x: inner(x)[0], 1.0


NESTED: dict[Any, int] = {
    _vmap_scan_cond: 20,
    _grad_remat_scan: 10,
    _grad_scan_remat: 10,
    _vmap_grad_remat: 8,
    _vmap_vmap: 6,
    _scan_of_scan: 25,
    _jit_called_twice: 3,
    _fori_of_constants: 7,
    _carried_but_never_read: 0,
    _read_a_round_later: 3,
    _custom_derivative: 2,
    _unused_in_a_jit: 0,
}


@pytest.mark.parametrize("case", NESTED, ids=lambda case: case.__name__)
def test_nested_transforms(case: Any) -> None:
    called = Counter()
    function, *args = case(called)
    assert predicted(function, *args) == Times(NESTED[case], NESTED[case])
    assert counted(function, called, *args) == NESTED[case]


def test_a_branch_runs_or_does_not() -> None:
    called = Counter()
    function = _scan(_cond(lambda x: _debug(called, x)))
    assert predicted(function, 1.0) == Times(0, 5)
    assert counted(function, called, 1.0) <= 5


def test_a_loop_that_ends_by_a_value_says_nothing() -> None:
    called = Counter()

    def double(x: Any) -> Any:
        return jax.lax.while_loop(lambda c: c < 100, lambda c: _debug(called, c) * 0 + c * 2, x)

    assert predicted(double, 1.0) == Times(0, None)
    assert counted(double, called, 1.0) == 7


def test_lanes_of_a_loop_run_as_long_as_the_longest() -> None:
    called = Counter()

    def count(x: Any) -> Any:
        return jax.lax.while_loop(lambda c: c < 3, lambda c: _debug(called, c) * 0 + c + 1, x)

    assert predicted(jax.vmap(count), jnp.array([0.0, 2.0])) == Times(0, None)
    assert counted(jax.vmap(count), called, jnp.array([0.0, 2.0])) == 6


def test_operations_that_ran_one_by_one_all_ran() -> None:
    called = Counter()
    closed = jax.make_jaxpr(lambda x: _pure_unused(called, x))(1.0)
    (eager,) = callback_runs(read_jaxpr(closed), eager=True)
    (compiled,) = callback_runs(read_jaxpr(closed))
    assert (eager.times, compiled.times) == (ONCE, NEVER)
    _pure_unused(called, 1.0)
    assert called.count == 1


def test_a_line_has_all_its_runs() -> None:
    called = Counter()
    function, *args = _grad_remat_scan(called)
    (site,) = callback_sites(read_jaxpr(jax.jit(function).trace(*args).jaxpr))
    assert site.frame is not None and site.frame.function == "_debug"
    assert [str(run.times) for run in site.runs] == ["5 times", "5 times"]
    assert str(site.times) == "10 times"


SHARDS = """
import jax, jax.numpy as jnp
jax.config.update("jax_num_cpu_devices", 4)
from effects.test_callback_counts import Counter, _debug, _scan, counted, predicted
from jax.sharding import AxisType, PartitionSpec as P
mesh = jax.make_mesh((4,), ("i",), axis_types=(AxisType.Auto,))

def per_shard(called):
    def f(x):
        jax.debug.callback(called, x)
        return _scan(lambda c: _debug(called, c))(x.sum()) + x
    return jax.shard_map(f, mesh=mesh, in_specs=P("i"), out_specs=P("i"), check_vma=False)

called = Counter()
x = jnp.arange(8.0)
print(predicted(per_shard(called), x).exact, counted(per_shard(called), called, x))
"""


def test_each_shard_calls_back() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SHARDS],
        capture_output=True,
        text=True,
        check=False,
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
    )
    assert run.stdout.split() == ["24", "24"], run.stderr
