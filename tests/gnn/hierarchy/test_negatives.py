import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gnn.hierarchy.negatives import POOL, Batch, epoch_batches

# 0 above 1 and 2, 1 above 3
PAIRS = np.array([[1, 0], [2, 0], [3, 1], [3, 0]])


def batches(seed: int, batch_size: int) -> list[Batch]:
    rng = np.random.default_rng(seed)
    return list(epoch_batches(PAIRS, 4, negatives=5, batch_size=batch_size, rng=rng))


@given(st.integers(0, 99), st.integers(1, 6))
def test_each_pair_comes_once_and_only_ancestors_and_the_node_are_masked(
    seed: int, batch_size: int
) -> None:
    taken: list[tuple[int, int]] = []
    for batch in batches(seed, batch_size):
        assert len(batch.nodes) <= batch_size
        taken += zip(batch.nodes.tolist(), batch.others[:, 0].tolist(), strict=True)
        for node, others, masked in zip(batch.nodes, batch.others, batch.masked, strict=True):
            excluded = {int(node), *PAIRS[PAIRS[:, 0] == node, 1].tolist()}
            assert masked.tolist() == [False, *(int(v) in excluded for v in others[1:])]
    assert sorted(taken) == sorted(map(tuple, PAIRS.tolist()))


def test_the_same_seed_gives_the_same_batches() -> None:
    def others(seed: int) -> list[NDArray[np.int64]]:
        return [batch.others for batch in batches(seed, 3)]

    assert all(np.array_equal(a, b) for a, b in zip(others(1), others(1), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(others(1), others(2), strict=True))


def test_the_unique_nodes_of_a_batch_give_it_back() -> None:
    (batch,) = batches(0, 10)
    nodes, rows = batch.unique()
    assert np.array_equal(nodes[rows[:, 0]], batch.nodes)
    assert np.array_equal(nodes[rows[:, 1:]], batch.others)


def test_no_pairs_give_no_batches() -> None:
    rng = np.random.default_rng(0)
    empty = np.empty((0, 2), dtype=np.int64)
    assert list(epoch_batches(empty, 3, negatives=2, batch_size=4, rng=rng)) == []


def test_negatives_of_large_trees_come_from_a_pool_and_over_batches_from_all_nodes() -> None:
    n = 5000
    star = np.stack([np.arange(1, n), np.zeros(n - 1, dtype=np.int64)], axis=1)
    rng = np.random.default_rng(0)
    pools = [
        np.unique(batch.others[:, 1:])
        for batch in epoch_batches(star, n, negatives=20, batch_size=256, rng=rng)
    ]
    assert max(map(len, pools)) <= POOL
    seen = np.concatenate(pools)
    assert len(np.unique(seen)) >= 0.95 * n
    assert abs(seen.mean() - n / 2) <= 0.02 * n
