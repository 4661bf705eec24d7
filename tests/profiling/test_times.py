"""Times: medians, quartiles, how they are written, and when not to trust them."""

from __future__ import annotations

import random

import pytest

from jaxlab.profiling.times import Times, median_interval


def test_figures_of_nine_runs() -> None:
    times = Times(tuple(1e-3 * value for value in (9, 1, 8, 2, 7, 3, 6, 4, 5)))
    assert times.count == 9
    assert times.median == pytest.approx(5e-3)
    assert times.quartiles == (pytest.approx(3e-3), pytest.approx(7e-3))
    assert (times.best, times.worst) == (1e-3, pytest.approx(9e-3))
    assert times.spread == pytest.approx(4 / 5)


def test_one_run_has_no_spread() -> None:
    times = Times((0.25,))
    assert times.quartiles == (0.25, 0.25)
    assert times.spread == 0
    assert str(times) == "250 ms"


def test_no_runs_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        Times(())


def test_a_line_has_the_unit_once_where_it_is_the_same() -> None:
    assert str(Times((1.2e-3,) * 11 + (1.31e-3,) * 10)) == (
        "1.2 ms median of 21 (1.2–1.31 ms, best 1.2 ms)"
    )


def test_a_line_has_both_units_where_they_differ() -> None:
    assert "(800 µs–1.2 ms," in str(Times((0.8e-3, 0.8e-3, 1e-3, 1.2e-3, 1.2e-3)))


def test_steady_runs_raise_no_doubts() -> None:
    assert Times((1.0, 1.01, 0.99) * 10).doubts() == ()


def test_few_runs_are_doubted() -> None:
    assert Times((1.0,)).doubts() == ("1 run only: too few to say how far others would be off.",)
    assert Times((1.0,) * 4).doubts()[0].startswith("4 runs only")
    assert Times((1.0,) * 5).doubts() == ()


def test_drift_is_seen_between_the_halves() -> None:
    assert Times((1.0,) * 10 + (1.1,) * 10).doubts() == (
        "The second half of the runs was 10 % slower than the first: the machine's speed changes, "
        "or the time depends on the values.",
    )
    assert "9.09 % faster" in Times((1.1,) * 10 + (1.0,) * 10).doubts()[0]


def test_halves_that_overlap_are_no_drift() -> None:
    assert Times((0.9, 1.0, 1.1, 0.95, 1.05) * 2 + (1.0, 1.06, 1.16, 1.0, 1.1) * 2).doubts() == ()


def test_a_wide_spread_is_doubted() -> None:
    assert Times((1.0, 1.5) * 10).doubts() == (
        "The quartiles lie 40 % of the median apart: the machine does other things too, or the "
        "time depends on the values.",
    )


@pytest.mark.parametrize(
    ("count", "left"),
    [(5, 0), (6, 0), (8, 0), (9, 1), (20, 5), (50, 17), (100, 39)],  # tables of the sign test
)
def test_a_medians_interval_is_between_order_statistics(count: int, left: int) -> None:
    values = tuple(float(value) for value in range(count))
    assert median_interval(values) == (left, count - 1 - left)


def test_a_medians_interval_has_the_median_in_95_of_100_cases() -> None:
    drawn = random.Random(0)
    hits = 0
    for _ in range(2000):
        low, high = median_interval(tuple(drawn.expovariate(1) for _ in range(15)))
        hits += low <= 0.6931 <= high
    assert 0.95 <= hits / 2000 < 0.985
