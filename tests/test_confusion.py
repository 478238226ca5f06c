import numpy as np
import pandas as pd
import pytest

from interference import confusion
from interference.errors import BadInput

COUNTS = np.array([[5, 3, 2], [0, 4, 1], [6, 0, 14]])  # row sums 10, 5, 20: no two alike


def drawn(seed: int, *leading: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 50, (*leading, 3, 3))


def test_rows_are_true_classes():
    counts = confusion.counts(np.array([0, 0, 2, 2, 2]), np.array([1, 1, 2, 0, 2]), 4)
    expected = np.zeros((4, 4), int)
    expected[0, 1], expected[2, 2], expected[2, 0] = 2, 2, 1
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, expected)


def test_small_integer_labels_do_not_overflow():
    labels = np.array([199], np.int16)
    assert confusion.counts(labels, labels, 200)[199, 199] == 1


@pytest.mark.parametrize("predicted", [-1, 3])
def test_a_label_outside_the_classes_is_refused(predicted):
    with pytest.raises(ValueError, match="invalid entry"):
        confusion.counts(np.array([0]), np.array([predicted]), 3)


def test_cells_count_and_sum_losses_by_true_and_predicted_class():
    labels, predicted, losses = np.array([0, 0, 1, 2]), np.array([1, 1, 1, 0]), np.array([2.0, 3.0, 0.5, 7.0])
    counts, sums = confusion.cells(labels, predicted, losses, 3)
    np.testing.assert_array_equal(counts, confusion.counts(labels, predicted, 3))
    np.testing.assert_array_equal(sums, [[0, 5, 0], [0, 0.5, 0], [7, 0, 0]])


def test_a_loss_that_is_not_finite_stays_in_its_cell():
    _, sums = confusion.cells(np.array([0, 1, 1]), np.array([1, 1, 0]), np.array([np.nan, 2.0, np.inf]), 2)
    np.testing.assert_array_equal(sums, [[0, np.nan], [np.inf, 2]])


def test_columns_hold_every_cell_zero_counts_too():
    columns = confusion.columns(COUNTS, COUNTS / 2)
    assert columns["label"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert columns["predicted"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2]
    assert columns["count"].tolist() == COUNTS.ravel().tolist()
    assert columns["loss_sum"].tolist() == (COUNTS.ravel() / 2).tolist()


def test_a_frame_gives_the_counts_back_in_any_order_of_rows():
    frame = pd.DataFrame(confusion.columns(COUNTS, COUNTS / 4)).sample(frac=1, random_state=1)
    np.testing.assert_array_equal(confusion.from_frame(frame, 3), COUNTS)
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, value="loss_sum"), COUNTS / 4)


def test_leading_axes_come_back_in_ascending_order():
    counts = drawn(0, 2, 5)
    columns = confusion.columns(counts, counts / 3, i=np.array([[7], [4]]), j=np.arange(5), split="test")
    frame = pd.DataFrame(columns).sample(frac=1, random_state=2)
    assert set(frame["split"]) == {"test"}
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, "i", "j"), counts[::-1])


@pytest.mark.parametrize("spoil", [
    lambda frame: frame.iloc[:-1],
    lambda frame: pd.concat([frame, frame.iloc[:1]]),
    lambda frame: frame.assign(label=frame["label"] + 1),
    lambda frame: frame.assign(predicted=-1),
    lambda frame: frame.iloc[:0],
])
def test_a_frame_without_each_cell_once_is_bad_input(spoil):
    frame = pd.DataFrame(confusion.columns(drawn(1, 2), drawn(1, 2), epoch=[1, 2]))
    with pytest.raises(BadInput, match="rows, allowed: one a cell of 3 x 3 classes"):
        confusion.from_frame(spoil(frame), 3, "epoch")


def test_cctm_rows_sum_to_one_and_hold_the_recall():
    rates = confusion.cctm(COUNTS)
    np.testing.assert_allclose(rates.sum(-1), 1)
    np.testing.assert_allclose(rates[2], [0.3, 0, 0.7])
    np.testing.assert_allclose(100 * np.diagonal(rates), confusion.recall(COUNTS))


def test_accuracy_is_recall_weighted_by_class_size():
    sizes = COUNTS.sum(1)
    assert confusion.accuracy(COUNTS) == pytest.approx(100 * 23 / 35)
    assert confusion.accuracy(COUNTS) == pytest.approx((confusion.recall(COUNTS) * sizes).sum() / sizes.sum())


def test_an_absent_class_has_no_rates_and_disturbs_no_other():
    counts = COUNTS.copy()
    counts[1] = 0
    assert np.isnan(confusion.cctm(counts)[1]).all()
    assert np.isnan(confusion.recall(counts)).tolist() == [False, True, False]
    assert confusion.accuracy(counts) == pytest.approx(100 * 19 / 30)
    assert confusion.ranked_pairs(confusion.cctm(counts))[0][:2] == (0, 2)


def test_rates_of_a_stack_are_the_stack_of_rates():
    counts = drawn(2, 4)
    for derive in (confusion.cctm, confusion.recall, confusion.accuracy, confusion.row_share):
        np.testing.assert_allclose(derive(counts), np.stack([derive(one) for one in counts]))


def test_row_shares_are_shares_of_all_errors():
    np.testing.assert_allclose(confusion.row_share(COUNTS), np.array([5, 1, 6]) / 12)
    assert np.isnan(confusion.row_share(np.diag([1, 2, 3]))).all()


def test_interferers_are_strictly_above_the_threshold_and_never_the_class_itself():
    cctm = np.array([[0.979, 0.005, 0.006, 0.01], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    assert confusion.interferers(cctm, 0) == [3, 2]
    assert confusion.interferers(cctm, 1) == []


def test_shares_of_pairs_are_symmetric_and_sum_to_one_over_the_pairs():
    share = confusion.pair_share(COUNTS)
    np.testing.assert_allclose(share, np.array([[0, 3, 8], [3, 0, 1], [8, 1, 0]]) / 12)
    assert np.isnan(confusion.pair_share(np.diag([1, 2, 3]))).all()
    stack = drawn(9, 4)
    np.testing.assert_allclose(np.triu(confusion.pair_share(stack), 1).sum((-2, -1)), 1)


def test_half_of_both_ways_shares_of_a_class_and_of_its_row_agree_where_errors_are_symmetric():
    errors = COUNTS + COUNTS.T
    np.testing.assert_allclose(confusion.pair_share(errors).sum(-1) / 2, confusion.row_share(errors))


def test_wilson_agrees_with_scipy_and_stays_between_0_and_1():
    from scipy.stats import binomtest

    k, n = np.array([0, 1, 7, 50, 100]), np.array([100, 9, 30, 50, 1000])
    found = np.stack(confusion.wilson(k, n), 1)
    expected = [binomtest(*each).proportion_ci(method="wilson") for each in zip(k.tolist(), n.tolist(), strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert np.isnan(confusion.wilson(0, 0)).all()


def test_the_interval_of_a_difference_is_newcombes():
    published = {(56, 70, 48, 80): (0.0524, 0.3339), (9, 10, 3, 10): (0.1705, 0.8090),
                 (10, 10, 0, 20): (0.6791, 1.0), (6, 7, 2, 7): (0.0582, 0.8062)}  # 1998, table II, method 10
    for given, interval in published.items():
        np.testing.assert_allclose(confusion.difference_interval(*given), interval, atol=6e-5)


def test_swapping_the_proportions_mirrors_their_difference_and_keeps_their_sum():
    low, high = confusion.difference_interval(8, 30, 3, 50)
    np.testing.assert_allclose(confusion.difference_interval(3, 50, 8, 30), (-high, -low))
    np.testing.assert_allclose(confusion.sum_interval(3, 50, 8, 30), confusion.sum_interval(8, 30, 3, 50))


@pytest.mark.parametrize(("p", "q", "n", "m"), [
    (0.08, 0.077, 1000, 1000), (0.02, 0.004, 1000, 1000), (0.005, 0.005, 1000, 1000), (0.3, 0.1, 40, 60)])
def test_intervals_cover_what_they_should_in_95_of_100_samples(p, q, n, m):
    rng = np.random.default_rng(10)
    k1, k2 = rng.binomial(n, p, 40_000), rng.binomial(m, q, 40_000)
    for (low, high), true in ((confusion.wilson(k1, n), p), (confusion.sum_interval(k1, n, k2, m), p + q),
                              (confusion.difference_interval(k1, n, k2, m), p - q)):
        assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.95, abs=0.02)


def test_the_interval_of_a_sum_covers_rare_mistakes_too():
    rng = np.random.default_rng(11)
    low, high = confusion.sum_interval(rng.binomial(1000, 0.001, 40_000), 1000, rng.binomial(1000, 5e-4, 40_000), 1000)
    assert np.mean((low <= 0.0015) & (high >= 0.0015)) == pytest.approx(0.94, abs=0.02)


def test_intervals_of_pairs_add_each_rate_and_its_opposite():
    low, high = confusion.pair_intervals(COUNTS)
    np.testing.assert_allclose((low[0, 2], high[0, 2]), confusion.sum_interval(2, 10, 6, 20))
    np.testing.assert_allclose((low[2, 0], high[2, 0]), (low[0, 2], high[0, 2]))
    assert np.isnan(np.diag(low)).all()
    both = confusion.cctm(COUNTS) + confusion.cctm(COUNTS).T
    off = ~np.eye(3, dtype=bool)
    assert ((low < both) & (both < high))[off].all()


def test_ranked_pairs_add_both_ways():
    pairs = confusion.ranked_pairs(confusion.cctm(COUNTS))
    assert [pair[:2] for pair in pairs] == [(0, 2), (0, 1), (1, 2)]
    np.testing.assert_allclose([pair[2] for pair in pairs], [0.5, 0.3, 0.2])


def test_symmetrised_is_symmetric_and_keeps_the_diagonal():
    cctm = confusion.cctm(drawn(3, 2))
    both = confusion.symmetrised(cctm)
    np.testing.assert_array_equal(both, both.swapaxes(-1, -2))
    np.testing.assert_array_equal(np.diagonal(both, axis1=-2, axis2=-1), np.diagonal(cctm, axis1=-2, axis2=-1))


def test_a_symmetric_matrix_is_perfectly_symmetric_and_not_by_chance():
    matrix = np.random.default_rng(4).random((8, 8))
    rho, p = confusion.symmetry(matrix + matrix.T)
    assert rho == pytest.approx(1)
    assert p == pytest.approx(1 / (1 + confusion.PERMUTATIONS))


def test_symmetry_compares_each_rate_with_its_opposite():
    counts = np.array([[0, 1, 2, 3], [1, 0, 4, 6], [2, 4, 0, 5], [3, 5, 6, 0]])  # (1, 3) and (2, 3) against the order
    assert confusion.symmetry(counts)[0] == pytest.approx(1 - 6 * 2 / (6 * 35))


def test_matrices_that_have_nothing_to_do_with_each_other_do_not_correlate():
    first, second = np.random.default_rng(5).random((2, 10, 10))
    rho, p = confusion.pair_correlation(first + first.T, second + second.T)
    assert abs(rho) < 0.35
    assert p > 0.05


def test_the_permutation_p_is_that_of_relabelling_the_classes_one_by_one():
    rng = np.random.default_rng(9)
    first, second = rng.integers(0, 9, (2, 6, 6)).astype(float)  # ties, and neither is symmetric
    upper, found = np.triu_indices(6, 1), confusion.pair_correlation(first, second)
    orders = [rng.permutation(6) for _ in range(4000)]
    chance = np.array([confusion.spearman(first[upper], second[np.ix_(order, order)][upper]) for order in orders])
    assert found[0] == pytest.approx(confusion.spearman(first[upper], second[upper]))
    assert found[1] == pytest.approx((np.abs(chance) >= abs(found[0]) - 1e-12).mean(), abs=0.05)


def test_a_class_without_values_is_left_out_of_a_correlation():
    first, second = np.random.default_rng(10).random((2, 7, 7))
    wide, wider = np.full((2, 8, 8), np.nan)
    wide[1:, 1:], wider[1:, 1:] = first, second
    assert confusion.pair_correlation(wide, wider) == confusion.pair_correlation(first, second)
    assert np.isnan(confusion.pair_correlation(wide, np.full((8, 8), np.nan))).all()


def test_relabelling_the_classes_changes_no_score():
    counts, order = np.random.default_rng(6).integers(1, 90, (7, 7)), np.array([3, 0, 6, 2, 5, 1, 4])
    renamed = counts[np.ix_(order, order)]
    np.testing.assert_array_equal(confusion.recall(renamed), confusion.recall(counts)[order])
    assert confusion.accuracy(renamed) == confusion.accuracy(counts)
    by_pair = [[confusion.pair_share(each), *confusion.pair_intervals(each)] for each in (counts, renamed)]
    np.testing.assert_allclose(by_pair[1], np.array(by_pair[0])[:, order[:, None], order])
    pairs, others = (confusion.ranked_pairs(confusion.cctm(each)) for each in (counts, renamed))
    assert [{*pair[:2]} for pair in pairs] == [{int(order[a]), int(order[b])} for a, b, _ in others]
    np.testing.assert_allclose([pair[2] for pair in pairs], [pair[2] for pair in others])
    both = [confusion.symmetrised(confusion.cctm(each)) for each in (counts, renamed)]
    cosines = np.random.default_rng(7).random((7, 7))
    cosines += cosines.T
    assert (confusion.pair_correlation(cosines, both[0])[0]
            == pytest.approx(confusion.pair_correlation(cosines[np.ix_(order, order)], both[1])[0]))


def test_equal_values_share_their_mean_rank():
    assert confusion.ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])).tolist() == [4, 1, 4, 2, 4]


def test_spearman_agrees_with_scipy_and_passes_over_nan():
    from scipy.stats import spearmanr

    x, y = np.random.default_rng(8).integers(0, 6, (2, 40)).astype(float)
    assert confusion.spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert confusion.spearman(np.r_[x, np.nan, 99], np.r_[y, 0, np.nan]) == pytest.approx(confusion.spearman(x, y))


def test_a_constant_correlates_with_nothing():
    correlations = confusion.correlations(np.array([[0.1, 0.1, 0.1], [1, 2, 3], [3, 2, 1]]))
    np.testing.assert_allclose(correlations, [[np.nan] * 3, [np.nan, 1, -1], [np.nan, -1, 1]])
