"""The symmetry of a confusion matrix, against plain numpy."""

import math

import numpy as np
import pytest
from scipy import stats

from interference.confusion import symmetry

COUNTS = np.array([[90, 8, 2], [4, 70, 6], [2, 9, 39]])  # 5 / 31 off the symmetric


def random_counts(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 30, (7, 7)) + 500 * np.eye(7, dtype=int)


def test_the_asymmetry_index_of_a_small_matrix():
    assert symmetry.asymmetry(COUNTS) == pytest.approx((4 + 0 + 3) / 31)
    assert symmetry.asymmetry(COUNTS + COUNTS.T) == 0
    assert symmetry.asymmetry(np.triu(COUNTS)) == 1
    assert np.isnan(symmetry.asymmetry(np.eye(3, dtype=int)))


def test_the_index_and_bowkers_test_are_those_of_plain_loops():
    for seed in range(5):
        counts = random_counts(seed)
        apart = total = 0
        statistic = 0.0
        for a in range(7):
            for b in range(a + 1, 7):
                apart += abs(counts[a, b] - counts[b, a])
                total += counts[a, b] + counts[b, a]
                statistic += (counts[a, b] - counts[b, a]) ** 2 / (counts[a, b] + counts[b, a])
        assert symmetry.asymmetry(counts) == pytest.approx(apart / total)
        assert symmetry.bowker_p(counts) == pytest.approx(1 - stats.chi2.cdf(statistic, 21))


def test_bowkers_p_is_the_closed_form_for_ten_pairs():
    """With 2 k degrees of freedom the tail is exp(-x/2) times the first k terms of exp(x/2)."""
    counts = np.random.default_rng(3).integers(5, 30, (5, 5))
    half = 0.0
    for a in range(5):
        for b in range(a):
            half += (counts[a, b] - counts[b, a]) ** 2 / (counts[a, b] + counts[b, a]) / 2
    terms = [half**k / math.factorial(k) for k in range(5)]
    assert symmetry.bowker_p(counts) == pytest.approx(math.exp(-half) * sum(terms))


def test_relabelling_the_classes_changes_neither_index_nor_test():
    counts = random_counts(8)
    order = np.random.default_rng(9).permutation(7)
    renamed = counts[np.ix_(order, order)]
    assert symmetry.asymmetry(renamed) == pytest.approx(symmetry.asymmetry(counts))
    assert symmetry.bowker_p(renamed) == pytest.approx(symmetry.bowker_p(counts))


def test_counting_alone_explains_95_of_100_symmetric_matrices():
    rng = np.random.default_rng(10)
    both = np.triu(rng.integers(5, 60, (8, 8)), 1)
    inside = 0
    for seed in range(200):
        above = rng.binomial(both, 0.5)
        counts = above + (both - above).T
        low, high = symmetry.by_counting(counts, 400, seed)
        inside += low <= symmetry.asymmetry(counts) <= high
    assert 0.9 <= inside / 200 <= 0.99


def test_bowkers_test_keeps_its_size_and_finds_a_planted_asymmetry():
    rng = np.random.default_rng(11)
    both = np.triu(np.full((8, 8), 30), 1)
    rejected = {0.5: 0, 0.7: 0}
    for share in rejected:
        for _ in range(300):
            above = rng.binomial(both, share)
            rejected[share] += symmetry.bowker_p(above + (both - above).T) < 0.05
    assert rejected[0.5] / 300 < 0.08
    assert rejected[0.7] / 300 > 0.95


def test_a_course_has_each_epochs_own_numbers():
    counts = np.stack([random_counts(seed) for seed in range(3)])
    course = symmetry.course(counts)
    assert course.asymmetry[1] == symmetry.asymmetry(counts[1])
    assert course.p[2] == symmetry.bowker_p(counts[2])
    assert (course.low < course.high).all()
