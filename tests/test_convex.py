"""Cutting labelled groups into parts whose quotient has no cycle."""

import random
from functools import cache

import pytest

from jaxlab.views import convex
from jaxlab.views.convex import ALONE, convex_parts

A, B, C = 0, 1, 2


def random_dag(seed, size, labels, degree=3, reach=None):
    pick = random.Random(seed)
    marks = [pick.randrange(-1, labels) for _ in range(size)]
    feeds = [
        sorted({pick.randrange(max(0, node - (reach or node)), node) for _ in range(degree)})
        if node and pick.random() < 0.9
        else []
        for node in range(size)
    ]
    return marks, feeds


def assert_valid(parts, labels, feeds):
    order = [node for _, nodes in parts for node in nodes]
    assert sorted(order) == list(range(len(labels)))
    part_of = {node: index for index, (_, nodes) in enumerate(parts) for node in nodes}
    for node, before in enumerate(feeds):
        assert all(part_of[feed] <= part_of[node] for feed in before)  # so no cycle of parts
    for label, nodes in parts:
        assert nodes == sorted(nodes)
        if label == ALONE:
            assert len(nodes) == 1
        else:
            assert {labels[node] for node in nodes} == {label}


def fewest_parts(labels, feeds):
    """The least number of runs of one label in any topological order, by trying them all."""
    need = [sum(1 << feed for feed in before) for before in feeds]
    everything = (1 << len(labels)) - 1

    @cache
    def rest(done, last):
        if done == everything:
            return 0
        return min(
            (labels[node] == ALONE or labels[node] != last) + rest(done | 1 << node, labels[node])
            for node in range(len(labels))
            if not done >> node & 1 and not need[node] & ~done
        )

    return rest(0, None)


def test_groups_without_a_cycle_stay_whole():
    # a0 -> b1 -> b3,  a0 -> a2: interleaved, but a before b is possible
    assert convex_parts([A, B, A, B], [[], [0], [0], [1]]) == [(A, [0, 2]), (B, [1, 3])]


def test_a_group_around_another_is_cut_in_two():
    # a0 -> a1 -> b2 -> b3 -> a4 -> a5
    parts = convex_parts([A, A, B, B, A, A], [[], [0], [1], [2], [3], [4]])
    assert parts == [(A, [0, 1]), (B, [2, 3]), (A, [4, 5])]


def test_two_convex_groups_that_feed_each_other_are_cut():
    # a0 -> b1,  b2 -> a3: each is convex, both together are a cycle
    parts = convex_parts([A, B, B, A], [[], [0], [], [2]])
    assert_valid(parts, [A, B, B, A], [[], [0], [], [2]])
    assert len(parts) == 3


def test_a_node_cut_off_alone_is_left_out_of_its_group():
    # one constant of C feeds A and B, which feed the rest of C
    labels = [C, A, A, B, B, C, C, C]
    feeds = [[], [0], [1], [0, 2], [3], [4], [5], [6]]
    assert convex_parts(labels, feeds) == [
        (ALONE, [0]),
        (A, [1, 2]),
        (B, [3, 4]),
        (C, [5, 6, 7]),
    ]


def test_a_group_of_one_node_is_a_group():
    assert convex_parts([A, ALONE], [[], [0]]) == [(A, [0]), (ALONE, [1])]


def test_only_what_others_wait_for_is_cut_off():
    # a0 -> b3 -> a4; a1 and a2 could run first, but nobody waits for them
    labels = [A, A, A, B, A, A, B]
    feeds = [[], [], [], [0], [1, 2, 3], [4], [3]]
    assert convex_parts(labels, feeds) == [(ALONE, [0]), (B, [3, 6]), (A, [1, 2, 4, 5])]


@pytest.mark.parametrize("seed", range(60))
def test_parts_of_random_graphs_make_no_cycle(seed):
    labels, feeds = random_dag(seed, size=120, labels=1 + seed % 9, degree=1 + seed % 4)
    assert_valid(convex_parts(labels, feeds), labels, feeds)


def test_few_parts_more_than_the_fewest():
    found = fewest = 0
    for seed in range(150):
        labels, feeds = random_dag(seed, size=4 + seed % 7, labels=3, degree=2)
        parts = len(convex_parts(labels, feeds))
        least = fewest_parts(labels, feeds)
        assert least <= parts <= least + 1
        found, fewest = found + parts, fewest + least
    print(f"parts: {found}, fewest possible: {fewest}")
    assert found <= 1.02 * fewest


@pytest.mark.parametrize("seed", range(10))
def test_the_linear_fallback_is_valid_too(seed, monkeypatch):
    monkeypatch.setattr(convex, "_PASSES", 0)
    labels, feeds = random_dag(seed, size=200, labels=5)
    assert_valid(convex_parts(labels, feeds), labels, feeds)


def test_a_hopeless_tangle_takes_bounded_work(monkeypatch):
    looks = 0
    tangles = convex._tangles

    def counted(nodes, block_of, feeds):
        nonlocal looks
        looks += len(nodes)
        return tangles(nodes, block_of, feeds)

    monkeypatch.setattr(convex, "_tangles", counted)
    labels, feeds = random_dag(7, size=3000, labels=40)
    parts = convex_parts(labels, feeds)
    assert_valid(parts, labels, feeds)
    assert looks <= (convex._PASSES + 1) * (len(labels) + sum(map(len, feeds)))
