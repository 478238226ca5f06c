"""The league of scores, against plain numpy."""

from itertools import combinations

import numpy as np
import pytest

from interference.confusion.league import league
from tests.confusion.test_predictors import symmetric

T_8 = 2.306004  # the 97.5 % point of Student's t with 8 degrees of freedom


def ranks_of(values: list[float]) -> list[float]:
    """The rank of each value by counting the smaller ones; equal values share their mean rank."""
    ranks = []
    for value in values:
        smaller = sum(other < value for other in values)
        equal = sum(other == value for other in values)
        ranks.append(smaller + (equal + 1) / 2)
    return ranks


def rho_of(score: np.ndarray, interference: np.ndarray, labels: list[int]) -> float:
    """Spearman's correlation over the pairs of some classes: Pearson's of the ranks."""
    pairs = list(combinations(labels, 2))
    own = ranks_of([score[pair] for pair in pairs])
    rates = ranks_of([interference[pair] for pair in pairs])
    return float(np.corrcoef(own, rates)[0, 1])


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
    half = T_8 * error
    middle = distance(everyone)
    assert second.name == "poor"
    assert second.behind == pytest.approx(middle)
    assert (second.low, second.high) == pytest.approx((middle - half, middle + half), rel=1e-6)
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


@pytest.mark.parametrize("unit", [1e-15, 1e12])
def test_a_scores_unit_changes_no_place_and_no_distance(unit):
    """A correlation has no unit: the cost of an error may be counted in any currency."""
    rng = np.random.default_rng(3)
    interference = symmetric(rng, 8)
    good = interference + 0.3 * symmetric(rng, 8)
    poor = interference + symmetric(rng, 8)
    plain = league({"good": good, "poor": poor}, interference)
    assert league({"good": good, "poor": unit * poor}, interference) == plain
    assert league({"good": unit * good, "poor": poor}, interference) == plain


def test_only_the_order_of_a_scores_pairs_counts():
    rng = np.random.default_rng(4)
    interference = symmetric(rng, 8)
    good = interference + 0.3 * symmetric(rng, 8)
    poor = interference + symmetric(rng, 8)
    plain = league({"good": good, "poor": poor}, interference)
    bent = league({"good": np.exp(good), "poor": 5 + poor**3}, interference)
    for first, second in zip(plain, bent, strict=True):
        assert first.name == second.name
        assert second.behind == pytest.approx(first.behind)
        assert second.prediction.rho == pytest.approx(first.prediction.rho)


def test_a_score_of_few_values_shares_its_ranks():
    """Three values over 36 pairs: ranks, place and distance are those of counting by hand."""
    rng = np.random.default_rng(5)
    interference = symmetric(rng, 9)
    coarse = np.sign(np.round(interference + 0.5 * symmetric(rng, 9)))
    fine = interference + 0.5 * symmetric(rng, 9)
    everyone = list(range(9))
    rhos = {
        name: rho_of(score, interference, everyone)
        for name, score in {"coarse": coarse, "fine": fine}.items()
    }
    first, second = league({"coarse": coarse, "fine": fine}, interference)
    assert first.prediction.rho == pytest.approx(rhos[first.name])
    assert second.prediction.rho == pytest.approx(rhos[second.name])
    assert second.behind == pytest.approx(abs(rhos[second.name]) - abs(rhos[first.name]))
    assert second.behind < 0


@pytest.mark.slow
def test_a_score_that_is_truly_worse_is_found_and_its_distance_is_held():
    """The mean distance over 120 samples stands for the truth; 93 of 100 intervals hold it."""
    distances = []
    intervals = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        interference = symmetric(rng, 10)
        scores = {
            "good": interference + 0.2 * symmetric(rng, 10),
            "poor": 1000 * (interference + 3 * symmetric(rng, 10)),
        }
        _, second = league(scores, interference)
        assert second.name == "poor"
        distances.append(second.behind)
        intervals.append((second.low, second.high))
    truth = np.mean(distances)
    low, high = np.array(intervals).T
    assert truth < -0.3
    assert ((low <= truth) & (truth <= high)).mean() >= 0.93
    assert (high < 0).mean() >= 0.9


@pytest.mark.slow
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
