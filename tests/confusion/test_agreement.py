"""The excess of a classifier over a reference, against plain computations."""

import numpy as np
import pytest
from scipy import stats

from interference.confusion import agreement, statistics

SIZES = (40, 70, 55)
TRUTH = np.repeat([0, 1, 2], SIZES)


def drawn(rates: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(3, size, p=row) for size, row in zip(SIZES, rates, strict=True)]
    )


RATES = np.array([[0.8, 0.15, 0.05], [0.1, 0.85, 0.05], [0.02, 0.08, 0.9]])


def test_the_excess_over_predictions_is_the_difference_of_the_rates_and_mcnemars_p():
    own = drawn(RATES, 1)
    other = drawn(RATES, 2)
    excess = agreement.beyond_predictions(TRUTH, own, other, 3)
    rate = [
        sum(((said == b) & (a == TRUTH)).sum() / SIZES[a] for a, b in ((0, 1), (1, 0)))
        for said in (own, other)
    ]
    assert excess.value[0, 1] == pytest.approx(rate[0] - rate[1])
    assert excess.low[0, 1] < excess.value[0, 1] < excess.high[0, 1]
    is_pair = ((TRUTH == 0) | (TRUTH == 1)) & (own != other)
    alone = [int((is_pair & (said == 1 - TRUTH) & (TRUTH < 2)).sum()) for said in (own, other)]
    assert excess.p[0, 1] == pytest.approx(stats.binomtest(alone[0], sum(alone)).pvalue)
    assert np.isnan(excess.value[1, 1])
    assert (excess.value == excess.value.T)[~np.eye(3, dtype=bool)].all()


def test_votes_that_are_all_for_one_class_give_the_same_excess_as_predictions():
    own = drawn(RATES, 3)
    other = drawn(RATES, 4)
    by_votes = agreement.beyond_votes(np.eye(3)[other], TRUTH, own)
    by_images = agreement.beyond_predictions(TRUTH, own, other, 3)
    np.testing.assert_allclose(by_votes.value, by_images.value)
    assert np.allclose(
        agreement.rates_of_votes(np.eye(3)[other], TRUTH),
        [[((other == b) & (a == TRUTH)).sum() / SIZES[a] for b in range(3)] for a in range(3)],
    )


def test_counts_of_other_images_have_a_wider_interval_and_a_pooled_test():
    counts = np.array([[30, 8, 2], [5, 60, 5], [1, 4, 50]])
    reference = np.array([[70, 4, 6], [2, 30, 1], [3, 2, 80]])
    excess = agreement.beyond_counts(counts, reference)
    ways = []
    variance = 0.0
    for a, b in ((0, 1), (1, 0)):
        k, n, m, size = counts[a, b], counts[a].sum(), reference[a, b], reference[a].sum()
        ways.append(k / n - m / size)
        pooled = (k + m) / (n + size)
        variance += pooled * (1 - pooled) * (1 / n + 1 / size)
    assert excess.value[0, 1] == pytest.approx(sum(ways))
    z = abs(sum(ways)) / np.sqrt(variance)
    assert excess.p[0, 1] == pytest.approx(2 * stats.norm.sf(z))
    low, high = statistics.difference_interval(8, 40, 4, 80)
    assert excess.low[0, 1] < low + ways[1]
    assert excess.high[0, 1] > high + ways[1]
    assert excess.is_tested[0, 1]
    assert not agreement.beyond_counts(np.eye(3, dtype=int), np.eye(3, dtype=int)).is_tested.any()


@pytest.mark.parametrize("kind", ["predictions", "counts", "votes"])
def test_under_no_difference_an_interval_covers_zero_and_the_test_keeps_its_size(kind: str):
    covered = 0
    rejected = 0
    for seed in range(200):
        own = drawn(RATES, seed)
        other = drawn(RATES, 1000 + seed)
        if kind == "predictions":
            excess = agreement.beyond_predictions(TRUTH, own, other, 3)
        elif kind == "votes":
            excess = agreement.beyond_votes(np.eye(3)[other], TRUTH, own)
        else:
            pair = [
                np.bincount(3 * TRUTH + said, minlength=9).reshape(3, 3) for said in (own, other)
            ]
            excess = agreement.beyond_counts(*pair)
        covered += excess.low[0, 1] <= 0 <= excess.high[0, 1]
        rejected += excess.p[0, 1] < 0.05
    assert covered / 200 > 0.9
    assert rejected / 200 < 0.09


@pytest.mark.parametrize("rate", [0.0004, 0.002, 0.01])
def test_a_rare_pair_that_people_confuse_as_rarely_is_no_finding(rate: float):
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 1000)
    rates = np.full((3, 3), rate) + (1 - 3 * rate) * np.eye(3)
    rejected = 0
    missed = 0
    for _ in range(200):
        votes = np.concatenate([rng.multinomial(51, row, 1000) for row in rates])
        own = np.concatenate([rng.choice(3, 1000, p=row) for row in rates])
        excess = agreement.beyond_votes(agreement.shares_of_votes(votes), truth, own)
        rejected += bool(excess.is_tested[0, 1] and excess.p[0, 1] < 0.05)
        missed += not excess.low[0, 1] <= 0 <= excess.high[0, 1]
    assert rejected / 200 < 0.09
    assert missed / 200 < 0.09


def test_a_classifier_without_an_error_that_people_make_often_is_a_finding():
    truth = np.repeat([0, 1], 500)
    shares = np.eye(2)[truth] * 0.96 + 0.02  # 20 errors by each person, none by the classifier
    excess = agreement.beyond_votes(shares, truth, truth)
    assert excess.value[0, 1] == pytest.approx(-0.04)
    z = 0.04 / np.sqrt(2 * 0.02 * 0.98 / 500)
    assert excess.p[0, 1] == pytest.approx(2 * stats.norm.sf(z))
    assert excess.is_tested[0, 1]
    assert excess.high[0, 1] < 0
