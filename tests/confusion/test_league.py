"""The league of scores, against plain numpy."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from interference.confusion.league import league
from tests.confusion.test_predictors import symmetric


def rho_of(score: np.ndarray, interference: np.ndarray, labels: list[int]) -> float:
    """Spearman's correlation over the pairs of some classes, by scipy."""
    pairs = list(combinations(labels, 2))
    own = [score[pair] for pair in pairs]
    rates = [interference[pair] for pair in pairs]
    return float(stats.spearmanr(own, rates).statistic)


def test_scores_stand_in_the_order_of_their_absolute_correlations():
    rng = np.random.default_rng(0)
    interference = symmetric(rng, 8)
    scores = {
        "noise": symmetric(rng, 8),
        "opposed": -interference + 0.3 * symmetric(rng, 8),
        "itself": interference,
        "constant": np.ones((8, 8)),
    }
    standings = league(scores, interference)
    assert [standing.name for standing in standings] == ["itself", "opposed", "noise"]
    best, opposed, noise = standings
    assert best.behind == 0
    assert np.isnan([best.low, best.high]).all()
    assert opposed.prediction.rho < 0
    assert noise.is_behind


def test_a_distance_to_the_best_is_the_jackknife_of_plain_numpy():
    rng = np.random.default_rng(1)
    classes = 9
    interference = symmetric(rng, classes)
    good = interference + 0.4 * symmetric(rng, classes)
    poor = -interference + symmetric(rng, classes)
    _, second = league({"poor": poor, "good": good}, interference)
    everyone = list(range(classes))

    def distance(labels: list[int]) -> float:
        return abs(rho_of(poor, interference, labels)) - abs(rho_of(good, interference, labels))

    left = [distance([other for other in everyone if other != label]) for label in everyone]
    error = np.sqrt((classes - 1) / classes * np.sum((left - np.mean(left)) ** 2))
    half = stats.t.ppf(0.975, classes - 1) * error
    middle = distance(everyone)
    assert second.name == "poor"
    assert second.behind == pytest.approx(middle)
    assert (second.low, second.high) == pytest.approx((middle - half, middle + half))
    assert second.prediction.rho == pytest.approx(rho_of(poor, interference, everyone))


def test_relabelling_the_classes_changes_no_place_and_no_distance():
    rng = np.random.default_rng(2)
    interference = symmetric(rng, 8)
    spreads = {"first": 0.2, "second": 1.0, "third": 3.0}
    scores = {name: interference + spread * symmetric(rng, 8) for name, spread in spreads.items()}
    order = np.ix_(*2 * [rng.permutation(8)])
    renamed = {name: score[order] for name, score in scores.items()}
    for one, other in zip(
        league(scores, interference), league(renamed, interference[order]), strict=True
    ):
        assert one.name == other.name
        assert one.behind == pytest.approx(other.behind)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), nan_ok=True)


def test_a_distance_covers_the_truth_where_two_scores_are_equally_good():
    """The truth of the difference is 0; over 100 samples at least 93 intervals include it."""
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        interference = symmetric(rng, 10)
        scores = {name: interference + symmetric(rng, 10) for name in ("one", "other")}
        _, second = league(scores, interference)
        covered += not second.is_behind
    assert covered >= 93
