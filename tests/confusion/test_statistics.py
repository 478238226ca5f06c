import numpy as np
import pytest
from scipy import stats

from interference import confusion
from interference.confusion import statistics

COUNTS = np.array([[5, 3, 2], [0, 4, 1], [6, 0, 14]])  # row sums 10, 5, 20: no two alike


def drawn(seed: int, *leading: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 50, (*leading, 3, 3))


def test_wilson_agrees_with_scipy_and_stays_between_0_and_1():
    from scipy.stats import binomtest

    k, n = np.array([0, 1, 7, 50, 100]), np.array([100, 9, 30, 50, 1000])
    intervals = np.stack(statistics.wilson(k, n), 1)
    expected = [
        binomtest(*each).proportion_ci(method="wilson")
        for each in zip(k.tolist(), n.tolist(), strict=True)
    ]
    np.testing.assert_allclose(intervals, expected, atol=1e-7)
    assert np.isnan(statistics.wilson(0, 0)).all()


def test_the_interval_of_a_difference_is_newcombes():
    published = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (10, 10, 0, 20): (0.6791, 1.0),
        (6, 7, 2, 7): (0.0582, 0.8062),
    }  # 1998, table II, method 10
    for given, interval in published.items():
        np.testing.assert_allclose(statistics.difference_interval(*given), interval, atol=6e-5)


def test_swapping_the_proportions_mirrors_their_difference_and_keeps_their_sum():
    low, high = statistics.difference_interval(8, 30, 3, 50)
    np.testing.assert_allclose(statistics.difference_interval(3, 50, 8, 30), (-high, -low))
    np.testing.assert_allclose(
        statistics.sum_interval(3, 50, 8, 30), statistics.sum_interval(8, 30, 3, 50)
    )


@pytest.mark.parametrize(
    ("p", "q", "n", "m"),
    [
        (0.08, 0.077, 1000, 1000),
        (0.02, 0.004, 1000, 1000),
        (0.005, 0.005, 1000, 1000),
        (0.3, 0.1, 40, 60),
    ],
)
def test_intervals_cover_what_they_should_in_95_of_100_samples(p, q, n, m):
    rng = np.random.default_rng(10)
    k1, k2 = rng.binomial(n, p, 40_000), rng.binomial(m, q, 40_000)
    for (low, high), true in (
        (statistics.wilson(k1, n), p),
        (statistics.sum_interval(k1, n, k2, m), p + q),
        (statistics.difference_interval(k1, n, k2, m), p - q),
    ):
        assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.95, abs=0.02)


def test_the_interval_of_a_sum_covers_rare_mistakes_too():
    rng = np.random.default_rng(11)
    low, high = statistics.sum_interval(
        rng.binomial(1000, 0.001, 40_000), 1000, rng.binomial(1000, 5e-4, 40_000), 1000
    )
    assert np.mean((low <= 0.0015) & (high >= 0.0015)) == pytest.approx(0.94, abs=0.02)


def test_intervals_of_pairs_add_each_rate_and_its_opposite():
    low, high = statistics.pair_intervals(COUNTS)
    np.testing.assert_allclose((low[0, 2], high[0, 2]), statistics.sum_interval(2, 10, 6, 20))
    np.testing.assert_allclose((low[2, 0], high[2, 0]), (low[0, 2], high[0, 2]))
    assert np.isnan(np.diag(low)).all()
    both = confusion.cctm(COUNTS) + confusion.cctm(COUNTS).T
    off = ~np.eye(3, dtype=bool)
    assert ((low < both) & (both < high))[off].all()


def test_the_interval_of_a_pair_with_a_class_without_images_is_that_of_the_other_way():
    counts = np.array([[2, 0, 3], [0, 1, 0], [0, 0, 0]])
    low, high = statistics.pair_intervals(counts)
    assert (low[0, 2], high[0, 2]) == (low[2, 0], high[2, 0])
    np.testing.assert_allclose((low[0, 2], high[0, 2]), statistics.wilson(3, 5))
    assert np.isnan(low[2, 2])


def test_a_symmetric_matrix_is_perfectly_symmetric_and_not_by_chance():
    matrix = np.random.default_rng(4).random((8, 8))
    rho, p = statistics.symmetry(matrix + matrix.T)
    assert rho == pytest.approx(1)
    assert p == pytest.approx(1 / (1 + statistics.PERMUTATIONS))


def test_symmetry_compares_each_rate_with_its_opposite():
    counts = np.array(
        [[0, 1, 2, 3], [1, 0, 4, 6], [2, 4, 0, 5], [3, 5, 6, 0]]
    )  # (1, 3) and (2, 3) against the order
    assert statistics.symmetry(counts)[0] == pytest.approx(1 - 6 * 2 / (6 * 35))


def test_matrices_that_have_nothing_to_do_with_each_other_do_not_correlate():
    first, second = np.random.default_rng(5).random((2, 10, 10))
    rho, p = statistics.pair_correlation(first + first.T, second + second.T)
    assert abs(rho) < 0.35
    assert p > 0.05


def test_the_permutation_p_is_that_of_relabelling_the_classes_one_by_one():
    rng = np.random.default_rng(9)
    first, second = rng.integers(0, 9, (2, 6, 6)).astype(float)  # ties, and neither is symmetric
    upper, correlation = np.triu_indices(6, 1), statistics.pair_correlation(first, second)
    orders = [rng.permutation(6) for _ in range(4000)]
    by_chance = np.array(
        [statistics.spearman(first[upper], second[np.ix_(order, order)][upper]) for order in orders]
    )
    assert correlation[0] == pytest.approx(statistics.spearman(first[upper], second[upper]))
    assert correlation[1] == pytest.approx(
        (np.abs(by_chance) >= abs(correlation[0]) - 1e-12).mean(), abs=0.05
    )


def test_a_class_without_values_is_left_out_of_a_correlation():
    first, second = np.random.default_rng(10).random((2, 7, 7))
    wide, wider = np.full((2, 8, 8), np.nan)
    wide[1:, 1:], wider[1:, 1:] = first, second
    assert statistics.pair_correlation(wide, wider) == statistics.pair_correlation(first, second)
    assert np.isnan(statistics.pair_correlation(wide, np.full((8, 8), np.nan))).all()


def test_relabelling_the_classes_changes_no_score():
    counts, order = (
        np.random.default_rng(6).integers(1, 90, (7, 7)),
        np.array([3, 0, 6, 2, 5, 1, 4]),
    )
    renamed = counts[np.ix_(order, order)]
    np.testing.assert_array_equal(confusion.recall(renamed), confusion.recall(counts)[order])
    assert confusion.accuracy(renamed) == confusion.accuracy(counts)
    by_pair = [
        [confusion.pair_share(each), *statistics.pair_intervals(each)] for each in (counts, renamed)
    ]
    np.testing.assert_allclose(by_pair[1], np.array(by_pair[0])[:, order[:, None], order])
    pairs, others = (confusion.ranked_pairs(confusion.cctm(each)) for each in (counts, renamed))
    assert [{*pair[:2]} for pair in pairs] == [{int(order[a]), int(order[b])} for a, b, _ in others]
    np.testing.assert_allclose([pair[2] for pair in pairs], [pair[2] for pair in others])
    both = [confusion.symmetrised(confusion.cctm(each)) for each in (counts, renamed)]
    cosines = np.random.default_rng(7).random((7, 7))
    cosines += cosines.T
    assert statistics.pair_correlation(cosines, both[0])[0] == pytest.approx(
        statistics.pair_correlation(cosines[np.ix_(order, order)], both[1])[0]
    )


def test_equal_values_share_their_mean_rank():
    assert statistics.ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])).tolist() == [4, 1, 4, 2, 4]


@pytest.mark.parametrize("unit", [1e-30, 1e-3, 1.0, 1e30])
def test_ranks_do_not_depend_on_the_unit(unit):
    values = np.array([[3.0, 1.0, 3.0, np.nan, -2.0], [0.1 + 0.2, 0.3, 0.0, -np.inf, np.inf]])
    expected = [[3.5, 2, 3.5, 5, 1], [3.5, 3.5, 2, 1, 5]]
    assert statistics.ranks(unit * values).tolist() == expected


def test_spearman_agrees_with_scipy_and_passes_over_nan():
    from scipy.stats import spearmanr

    x, y = np.random.default_rng(8).integers(0, 6, (2, 40)).astype(float)
    assert statistics.spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert statistics.spearman(np.r_[x, np.nan, 99], np.r_[y, 0, np.nan]) == pytest.approx(
        statistics.spearman(x, y)
    )


def test_a_constant_correlates_with_nothing():
    correlations = statistics.correlations(np.array([[0.1, 0.1, 0.1], [1, 2, 3], [3, 2, 1]]))
    np.testing.assert_allclose(correlations, [[np.nan] * 3, [np.nan, 1, -1], [np.nan, -1, 1]])


def test_rates_that_are_equal_but_for_rounding_share_a_rank():
    """0.1 + 0.2 is not 0.3 in floating point, and 100 times the rates break other ties."""
    counts = np.array([3, 1, 2, 3, 0])
    rates = np.array([0.1 + 0.2, 0.1, 0.2, 0.3, 0.0])
    assert rates[0] != rates[3]
    for values in (rates, 100 * rates, rates / 3):
        np.testing.assert_array_equal(statistics.ranks(values), stats.rankdata(counts))
