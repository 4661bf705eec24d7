"""Params that are read when first asked for behave as the dict that they stand for."""

from __future__ import annotations

from jaxlab.readers.lazy_params import LazyParams


def test_they_are_read_once_and_only_when_asked_for():
    loads = []
    params = LazyParams(lambda: loads.append(1) or {"a": 1, "b": 2})
    assert loads == []
    assert params["a"] == 1
    assert ("b" in params, "c" in params, params.get("c", 3)) == (True, False, 3)
    assert (list(params), len(params), list(params.items())) == (
        ["a", "b"],
        2,
        [("a", 1), ("b", 2)],
    )
    assert loads == [1]


def test_they_equal_and_look_like_the_dict():
    params = LazyParams(lambda: {"a": 1})
    assert params == {"a": 1}
    assert params == {"a": 1}
    assert params == LazyParams(lambda: {"a": 1})
    assert {**params, "b": 2} == {"a": 1, "b": 2}
    assert repr(params) == "{'a': 1}"


def test_a_node_s_own_stand_before_what_it_shares():
    shared = {"kind": "kLoop", "place": 0}
    params = LazyParams(lambda: shared, {"place": 7})
    assert params == {"kind": "kLoop", "place": 7}
    assert params.shared is shared
    assert LazyParams(lambda: shared).items() == shared.items()
