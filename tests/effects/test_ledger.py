"""The ledger counts what JAX really did, function by function."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

import jaxlab
from jaxlab.effects.session import Session
from jaxlab.effects.watch import Watch
from jaxlab.errors import InputError, StageError

SEES_CALLS = sys.version_info >= (3, 12)


@pytest.fixture(autouse=True)
def fresh() -> None:
    jax.clear_caches()


def test_traces_compiles_calls_and_hits_of_a_function() -> None:
    @jax.jit
    def step(x: jax.Array) -> jax.Array:
        return jnp.sin(x) * 2

    with jaxlab.watch() as w:
        for size in (3, 3, 3, 5, 5):
            step(jnp.ones(size, jnp.float32))
    (entry,) = w.ledger.of("step")
    assert (entry.traces, entry.compiles, entry.loads) == (2, 2, 0)
    assert (entry.calls, entry.hits) == ((5, 3) if SEES_CALLS else (None, None))
    assert entry.own and entry.argument_bytes == 20
    assert entry.reasons == ("argument `x` changed shape f32[3] → f32[5]",)
    assert entry.trace_seconds > 0 and entry.compile_seconds > 0
    assert entry.defined is not None and entry.defined.file == __file__


def test_operations_outside_of_functions_are_entries_of_their_own() -> None:
    x = jnp.arange(7.0)
    with jaxlab.watch() as w:
        jnp.tan(x)
    (entry,) = w.ledger
    assert (entry.function, entry.own, entry.compiles) == ("tan", False, 1)
    assert entry.calls is None


def test_a_new_function_object_is_a_reason() -> None:
    with jaxlab.watch() as w:
        for _ in range(3):
            jax.jit(lambda x: x * 3)(1.0)
    (entry,) = w.ledger.of("<lambda>")
    assert entry.compiles == 3
    assert entry.reasons == ("a new function object of the same text",) * 2


def test_counts_can_be_read_while_the_block_runs_and_findings_after_it() -> None:
    step = jax.jit(lambda x: x - 1)
    w = jaxlab.watch()
    with pytest.raises(StageError, match="has not begun"):
        w.compiles
    with w:
        assert (w.traces, w.compiles) == (0, 0)
        step(1.0)
        assert (w.traces, w.compiles) == (1, 1)
        with pytest.raises(StageError, match="has not ended"):
            w.ledger
        step(2.0)
    assert (w.traces, w.compiles) == (1, 1)


def test_cells_come_in_order_and_can_be_sorted() -> None:
    session = Session()
    f, g = jax.jit(lambda x: x + 1), jax.jit(lambda x: jnp.sin(x) @ x)
    for title, call in (("cell [1]", f), ("cell [2]", g), ("cell [3]", g)):
        watch = Watch(session.history)
        call(jnp.ones((4, 4)))
        session.judge(watch.stop(), title)
    own = [each.cell for each in session.ledger if each.own]
    assert own == (["cell [1]", "cell [2]", "cell [3]"] if SEES_CALLS else own[:2])
    by_time = [each.compile_seconds for each in session.ledger.sorted()]
    assert by_time == sorted(by_time, reverse=True)
    assert session.ledger.sorted("cell")[0].cell == "cell [1]"
    with pytest.raises(InputError, match="no column `size`"):
        session.ledger.sorted("size")


def test_a_ledger_is_written_as_csv_and_json(tmp_path: Path) -> None:
    step = jax.jit(lambda x: x * 5)
    with jaxlab.watch("=hostile") as w:
        step(1.0)
        step(jnp.ones(2))
    path = w.ledger.save(tmp_path / "ledger.csv")
    table = csv.DictReader(path.read_text().splitlines())
    (row,) = [row for row in table if row["function"] == "<lambda>"]
    assert (row["compiles"], row["cell"]) == ("2", "=hostile")
    rows = json.loads(w.ledger.save(tmp_path / "ledger.json").read_text())
    assert rows[0]["reasons"] and rows[0]["hits"] == (0 if SEES_CALLS else None)
    with pytest.raises(InputError, match=r"\.csv or \.json"):
        w.ledger.save(tmp_path / "ledger.xlsx")


def test_the_report_shows_it() -> None:
    step = jax.jit(lambda x: x * 6)
    with jaxlab.watch() as w:
        step(1.0)
        step(jnp.ones(2))
    text = w.show().text()
    assert "Ledger" in text and "Compiled again because" in text
    assert "changed shape" in text
