"""Differences between counts of the same images: known answers, coverage and size by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from interference.claims import contrasts
from interference.confusion import symmetry

RUNS = 1500  # of a simulation: the standard error of a coverage is 0.6 points


def test_a_paired_difference_counts_the_images_that_one_side_alone_has():
    estimate = contrasts.paired(30, 10, 1000)
    assert estimate.value == pytest.approx(0.02)
    assert estimate.p == pytest.approx(stats.binomtest(30, 40).pvalue)
    first, second = 31 / 1002, 11 / 1002  # Bonett and Price add an image to either side
    half = 1.959964 * np.sqrt((first + second - (first - second) ** 2) / 1002)
    assert estimate.low == pytest.approx(first - second - half)
    assert estimate.high == pytest.approx(first - second + half)
    turned = contrasts.paired(10, 30, 1000)
    assert (turned.value, turned.low) == pytest.approx((-estimate.value, -estimate.high))


def test_mcnemars_p_value_is_that_of_a_binomial_test():
    pairs = [*np.ndindex(9, 9), (0, 40), (41, 40), (120, 97), (700, 815), (2999, 3001)]
    for only_first, only_second in pairs[1:]:
        expected = stats.binomtest(only_first, only_first + only_second).pvalue
        assert contrasts.paired(only_first, only_second, 10_000).p == expected


def test_equal_predictions_have_no_difference():
    estimate = contrasts.paired(0, 0, 1000)
    assert (estimate.value, estimate.p) == (0, 1)
    assert estimate.low < 0 < estimate.high
    assert np.isnan(contrasts.paired(0, 0, 0).value)


def test_a_contrast_of_rates_knows_that_cells_of_a_row_exclude_each_other():
    counts = np.array([[80, 15, 5], [10, 90, 0], [0, 20, 180]])
    weights = np.array([[0, 1, -1], [0, 0, 0], [0, 0, 0]])
    estimate = contrasts.rate_contrast(counts, weights)
    assert estimate.value == pytest.approx(0.10)
    error = np.sqrt((0.15 + 0.05 - 0.10**2) / 100)
    assert estimate.high - estimate.low == pytest.approx(2 * 1.959964 * error)
    nothing = contrasts.rate_contrast(counts, np.zeros((3, 3)))
    assert (nothing.value, nothing.p) == (0, 1)


def test_the_error_of_a_contrast_is_that_of_the_whole_covariance_matrix():
    """Cov(rate_j, rate_k) of a row of n images is rate_j ([j = k] - rate_k) / n."""
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 90, (4, 4))
    weights = rng.normal(size=(4, 4))
    variance = 0.0
    for row, own in zip(counts, weights, strict=True):
        images = row.sum()
        for j in range(4):
            for k in range(4):
                covariance = row[j] / images * ((j == k) - row[k] / images) / images
                variance += own[j] * own[k] * covariance
    estimate = contrasts.rate_contrast(counts, weights)
    half = 1.959964 * variance**0.5
    assert estimate.value == pytest.approx((weights * counts / counts.sum(1)[:, None]).sum())
    assert (estimate.high - estimate.low) / 2 == pytest.approx(half)
    tail = math.erfc(abs(estimate.value) / variance**0.5 / math.sqrt(2))
    assert estimate.p == pytest.approx(tail)


def test_variance_components_are_those_of_plain_loops():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(3, 5)) + np.array([[0], [2], [4]])
    between = within = cross = 0.0
    mean = sum(sum(row) for row in values) / 15
    for i in range(3):
        row_mean = sum(values[i]) / 5
        between += 5 * (row_mean - mean) ** 2 / 2  # the mean square of the rows
        for j in range(5):
            column_mean = sum(values[:, j]) / 3
            within += (column_mean - mean) ** 2 / 4 * 3 / 3  # that of the columns
            cross += (values[i, j] - row_mean - column_mean + mean) ** 2 / 8
    rows = max((between - cross) / 5, 0)
    columns = max((within - cross) / 3, 0)
    total = rows + columns + cross
    parts = contrasts.variance_components(values)
    assert parts == pytest.approx((rows / total, columns / total, cross / total))
    assert sum(parts) == pytest.approx(1)
    turned = contrasts.variance_components(values.T)
    assert (turned.rows, turned.columns) == pytest.approx((parts.columns, parts.rows))
    assert np.isnan(contrasts.variance_components(np.ones((2, 3)))).all()


def test_variance_components_find_what_is_planted_and_nothing_in_noise():
    rng = np.random.default_rng(9)
    planted, nothing = [], []
    for _ in range(400):
        noise = rng.normal(size=(3, 8))
        rows, columns = 2 * rng.normal(size=(3, 1)), rng.normal(size=(1, 8))
        planted.append(contrasts.variance_components(rows + columns + noise))
        nothing.append(contrasts.variance_components(noise))
    assert np.mean([parts.rows for parts in planted]) == pytest.approx(4 / 6, abs=0.15)
    assert np.median([parts.rows for parts in nothing]) < 0.05
    assert np.mean([parts.rest for parts in nothing]) > 0.85


def test_symmetry_is_the_same_in_every_order_of_the_classes():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 40, (6, 6)) + 500 * np.eye(6, dtype=int)
    order = rng.permutation(6)
    one, other = contrasts.symmetry(counts), contrasts.symmetry(counts[np.ix_(order, order)])
    assert other.asymmetry == pytest.approx(one.asymmetry)
    assert other.bowker_p == pytest.approx(one.bowker_p)
    assert other.low == pytest.approx(one.low, abs=0.02)


def test_symmetry_has_known_ends():
    counts = 100 * np.eye(4, dtype=int)
    counts[0, 1] = counts[1, 0] = 20
    counts[2, 3] = counts[3, 2] = 7
    even = contrasts.symmetry(counts)
    assert (even.asymmetry, even.low, even.high, even.bowker_p) == (0, 0, 0, 1)
    one_way = contrasts.symmetry(np.triu(counts))
    assert (one_way.asymmetry, one_way.high) == (1, 1)
    assert one_way.bowker_p == pytest.approx(stats.chi2.sf(20 + 7, 2))


def test_few_shrinkages_are_drawn_to_find_that_of_an_asymmetry_index(
    monkeypatch: pytest.MonkeyPatch,
):
    drawn_indices = contrasts._drawn_indices
    rng = np.random.default_rng(0)
    for _ in range(5):
        above, below = rng.poisson(12, (2, 15))
        index = float(np.abs(above - below).sum() / (above + below).sum())
        means = [drawn_indices(above, below, own, 0).mean() for own in contrasts.SHRINKAGES]
        expected = np.interp(index, means, contrasts.SHRINKAGES)
        calls = []

        def count(*arguments, calls=calls):
            calls.append(arguments)
            return drawn_indices(*arguments)

        monkeypatch.setattr(contrasts, "_drawn_indices", count)
        assert contrasts._shrinkage(index, above, below, 0) == expected
        assert len(calls) <= 4


def test_the_symmetry_of_the_same_counts_is_measured_once(monkeypatch: pytest.MonkeyPatch):
    counts = np.arange(16).reshape(4, 4)
    first = contrasts.symmetry(counts)
    monkeypatch.setattr(contrasts, "_drawn_indices", None)
    assert contrasts.symmetry(counts.copy()) == first


def test_a_series_that_never_changes_has_an_interval_of_length_zero():
    estimate = contrasts.series_mean(np.ones(60))
    assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.03, 0.01), (0.2, 0.15), (0.005, 0.003)])
def test_paired_intervals_cover_the_truth_and_mcnemars_test_keeps_its_size(rates):
    rng = np.random.default_rng(2)
    both = rng.multinomial(1000, [*rates, 1 - sum(rates)], size=RUNS)
    pairs, times = np.unique(both[:, :2], axis=0, return_counts=True)  # most come several times
    inside = rejected = 0
    for (only_first, only_second), drawn in zip(pairs, times, strict=True):
        estimate = contrasts.paired(int(only_first), int(only_second), 1000)
        inside += drawn * (estimate.low <= rates[0] - rates[1] <= estimate.high)
        rejected += drawn * (estimate.p < 0.05)
    assert inside / RUNS > 0.935
    if rates[0] == rates[1]:
        assert rejected / RUNS < 0.06


@pytest.mark.slow
def test_mcnemars_test_finds_a_planted_difference():
    """Of 1,000 images, the first net alone is right on 5 %, the second net alone on 3 %."""
    rng = np.random.default_rng(12)
    both = rng.multinomial(1000, [0.05, 0.03, 0.92], size=400)
    estimates = [contrasts.paired(int(first), int(second), 1000) for first, second, _ in both]
    power = np.mean([estimate.p < 0.05 and estimate.low > 0 for estimate in estimates])
    assert 0.5 < power < 0.7  # 0.60 by the normal approximation
    assert not any(estimate.p < 0.05 and estimate.high < 0 for estimate in estimates)


@pytest.mark.slow
def test_contrasts_of_rates_cover_the_truth():
    rng = np.random.default_rng(3)
    rates = np.array([[0.85, 0.08, 0.05, 0.02], [0.09, 0.88, 0.02, 0.01]])
    weights = np.array([[0, 1, -1, 0], [1, 0, -1, 0]])
    truth = (weights * rates).sum()
    inside = 0
    for _ in range(RUNS):
        counts = np.stack([rng.multinomial(1000, row) for row in rates])
        estimate = contrasts.rate_contrast(counts, weights)
        inside += estimate.low <= truth <= estimate.high
    assert 0.93 < inside / RUNS < 0.97


def matrix(evenness: float) -> np.ndarray:
    """True rates (6, 6): 1 is symmetric, 0 has errors one way only."""
    rates = np.full((6, 6), 0.02)
    rates[np.triu_indices(6, 1)] *= evenness
    np.fill_diagonal(rates, 0)
    return rates + np.diag(1 - rates.sum(1))


@pytest.mark.slow
@pytest.mark.parametrize(("evenness", "least"), [(1, 0.94), (0.5, 0.92), (0.2, 0.92)])
def test_the_interval_of_the_asymmetry_index_holds_the_truth(evenness, least):
    rng = np.random.default_rng(4)
    rates = matrix(evenness)
    truth = (1 - evenness) / (1 + evenness)
    inside = below = 0
    for seed in range(400):
        counts = np.stack([rng.multinomial(1000, row) for row in rates])
        found = contrasts.symmetry(counts, seed)
        inside += found.low <= truth <= found.high
        below += truth <= found.high
    assert inside / 400 >= least
    assert below / 400 >= 0.93  # the end that decides whether a matrix is nearly symmetric


@pytest.mark.slow
def test_bowkers_test_keeps_its_size():
    rng = np.random.default_rng(5)
    rates = matrix(1)
    rejected = 0
    for _ in range(600):
        counts = np.stack([rng.multinomial(1000, row) for row in rates])
        rejected += symmetry.bowker_p(counts) < 0.05
    assert rejected / 600 < 0.075
    assert contrasts.symmetry(counts).bowker_p == symmetry.bowker_p(counts)


@pytest.mark.slow
@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_the_mean_of_a_series_of_epochs_is_covered_though_epochs_depend_on_each_other(memory):
    rng = np.random.default_rng(6)
    inside = 0
    for seed in range(400):
        noise = rng.normal(size=200)
        series = np.zeros(200)
        for epoch in range(1, 200):
            series[epoch] = memory * series[epoch - 1] + noise[epoch]
        estimate = contrasts.series_mean(series, seed)
        inside += estimate.low <= 0 <= estimate.high
    assert inside / 400 > 0.9


def notes_of(first: float, second: float, stay: float, rng: np.random.Generator) -> np.ndarray:
    """Simulate two series of notes (1 or 0) that persist over epochs, and subtract them."""
    series = np.empty((2, 200))
    for row, rate in enumerate((first, second)):
        drawn = rng.random(200) < rate
        kept = rng.random(200) < stay
        for epoch in range(200):
            series[row, epoch] = series[row, epoch - 1] if epoch and kept[epoch] else drawn[epoch]
    return series[0] - series[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "most_false", "least_power"), [(0.2, 0.2, 0.1, 0), (0.5, 0.2, 1, 0.9)]
)
def test_the_block_bootstrap_of_notes_keeps_its_size_and_finds_a_planted_difference(
    first, second, most_false, least_power
):
    rng = np.random.default_rng(13)
    inside = decided = 0
    for seed in range(300):
        estimate = contrasts.series_mean(notes_of(first, second, 0.5, rng), seed)
        inside += estimate.low <= first - second <= estimate.high
        decided += estimate.low > 0 or estimate.high < 0
    assert inside / 300 > 0.9
    assert least_power <= decided / 300 <= most_false


@pytest.mark.slow
@pytest.mark.parametrize(("early", "least", "most"), [(0.0, 0, 0.1), (0.5, 0.9, 1)])
def test_oscillation_in_the_first_quarter_is_told_from_none(early: float, least, most):
    """Recalls of 5,000 images around a smooth rise, with swings of the logit in the first quarter."""
    rng = np.random.default_rng(14)
    epochs = np.arange(80)
    told = 0
    for seed in range(100):
        logits = 0.5 + 2 * epochs / 80 + early * rng.normal(size=80) * (epochs < 20)
        recall = rng.binomial(5000, 1 / (1 + np.exp(-logits))) / 50
        _, drawn = contrasts.quarter_swings(recall, 5000, seed)
        lows = np.quantile(drawn[:, :1] - drawn[:, 1:], 0.025, axis=0)
        told += bool((lows > 0).all())
    assert least <= told / 100 <= most
