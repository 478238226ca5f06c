import numpy as np
import pytest

from interference.confusion import predictors, statistics


def symmetric(rng: np.random.Generator, classes: int) -> np.ndarray:
    matrix = rng.normal(size=(classes, classes))
    return matrix + matrix.T


def test_a_score_that_is_interference_itself_predicts_it_for_sure():
    interference = symmetric(np.random.default_rng(0), 9)
    prediction = predictors.prediction(interference, interference)
    assert (prediction.rho, prediction.p) == (pytest.approx(1), 1 / (1 + statistics.PERMUTATIONS))
    assert prediction.low == pytest.approx(1)
    assert predictors.prediction(-interference, interference).rho == pytest.approx(-1)


def test_the_interval_is_by_the_jackknife_over_classes():
    score, interference = (symmetric(np.random.default_rng(seed), 7) for seed in (1, 2))

    def z(labels):
        pairs = [(a, b) for a in labels for b in labels if a < b]
        return np.arctanh(
            statistics.spearman(
                *(np.array([matrix[pair] for pair in pairs]) for matrix in (score, interference))
            )
        )

    left = [z([other for other in range(7) if other != label]) for label in range(7)]
    half = 2.446912 * np.sqrt(
        6 / 7 * sum((left - np.mean(left)) ** 2)
    )  # the 97.5 % point of t at 6 degrees of freedom
    prediction = predictors.prediction(score, interference)
    assert (prediction.low, prediction.high) == pytest.approx(
        tuple(np.tanh([z(range(7)) - half, z(range(7)) + half])), rel=1e-5
    )


def test_the_better_predictor_has_the_advantage_whatever_its_sign():
    rng = np.random.default_rng(3)
    interference = symmetric(rng, 12)
    good, poor = -interference + 0.2 * symmetric(rng, 12), interference + 3 * symmetric(rng, 12)
    difference, low, high = predictors.advantage(good, poor, interference)
    assert 0 < low < difference < high
    assert predictors.advantage(poor, good, interference) == pytest.approx(
        (-difference, -high, -low)
    )
    assert predictors.advantage(good, -good, interference) == pytest.approx((0, 0, 0))


def test_relabelling_the_classes_changes_no_figure_but_chance():
    rng = np.random.default_rng(4)
    score, other, interference = (symmetric(rng, 8) for _ in range(3))
    order = np.ix_(*2 * [rng.permutation(8)])
    prediction, renamed = (
        predictors.prediction(score, interference),
        predictors.prediction(score[order], interference[order]),
    )
    assert (prediction.rho, prediction.low, prediction.high) == pytest.approx(
        (renamed.rho, renamed.low, renamed.high)
    )
    assert prediction.p == pytest.approx(renamed.p, abs=0.06)
    assert predictors.advantage(score, other, interference) == pytest.approx(
        predictors.advantage(score[order], other[order], interference[order])
    )


def test_a_class_without_values_counts_for_nothing():
    rng = np.random.default_rng(5)
    score, interference = symmetric(rng, 8), symmetric(rng, 8)
    wide, wider = np.full((2, 9, 9), np.nan)
    wide[:8, :8], wider[:8, :8] = score, interference
    assert predictors.prediction(wide, wider) == predictors.prediction(score, interference)
    assert predictors.advantage(wide, wide, wider)[0] == 0


def test_of_three_classes_no_interval_can_be_had():
    score, interference = (
        symmetric(np.random.default_rng(6), 3),
        symmetric(np.random.default_rng(7), 3),
    )
    prediction = predictors.prediction(score, interference)
    assert np.isfinite(prediction.rho)
    assert np.isnan([prediction.low, prediction.high]).all()


def _study(rng: np.random.Generator, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A good score and a poor one of the interference of classes drawn at random, and that itself.

    Each class moves all its pairs.
    """
    own = 2 * rng.normal(size=(3, classes, 1))
    interference, noise, other = (symmetric(rng, classes) + each + each.T for each in own)
    return interference + 0.6 * noise, interference + 1.2 * other, interference


@pytest.mark.slow
def test_the_intervals_cover_the_truth_about_95_times_in_100():
    """The truth is what very many classes of the same kind would give."""
    rng = np.random.default_rng(8)
    many = _study(rng, 400)
    upper = np.triu_indices(400, 1)
    good, poor = (statistics.spearman(score[upper], many[2][upper]) for score in many[:2])
    covered = np.zeros(2)
    for _ in range(200):
        score, other, interference = _study(rng, 10)
        prediction = predictors.prediction(score, interference)
        _, low, high = predictors.advantage(score, other, interference)
        covered += [prediction.low <= good <= prediction.high, low <= good - poor <= high]
    assert (covered > 0.92 * 200).all()
    assert (covered < 0.99 * 200).all()
