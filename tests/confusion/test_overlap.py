"""Shared errors against a plain re-computation, known answers, and simulated truths."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from interference.confusion import overlap


def random_runs(seed=0, runs=4, images=(30, 50, 80)):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(images)), images)
    hard = rng.random((1, len(labels))) < 0.2
    wrong = rng.random((runs, len(labels))) < np.where(hard, 0.7, 0.1)
    step = rng.integers(1, len(images), wrong.shape)
    return labels, np.where(wrong, (labels + step) % len(images), labels)


def plainly_expected(labels, first, second):
    """The images that two runs both mistake if their errors are independent within each class."""
    total = 0.0
    for label in np.unique(labels):
        images = labels == label
        total += first[images].sum() * second[images].sum() / images.sum()
    return total


def test_the_overlap_is_that_of_a_plain_count():
    labels, predicted = random_runs()
    wrong = predicted != labels
    pairs = list(combinations(range(4), 2))
    result = overlap.excess(labels, wrong, 3)
    assert result.observed == sum((wrong[a] & wrong[b]).sum() for a, b in pairs)
    expected = sum(plainly_expected(labels, wrong[a], wrong[b]) for a, b in pairs)
    assert result.expected == pytest.approx(expected)
    assert result.ratio == pytest.approx(result.observed / expected)


def test_the_overlap_of_chosen_pairs_leaves_out_the_others():
    labels, predicted = random_runs()
    wrong = predicted != labels
    pairs = np.zeros((4, 4), bool)
    pairs[0, 3] = pairs[3, 0] = True
    result = overlap.excess(labels, wrong, 3, pairs)
    assert result.observed == (wrong[0] & wrong[3]).sum()
    assert result.expected == pytest.approx(plainly_expected(labels, wrong[0], wrong[3]))


def test_the_variance_under_permutations_is_that_of_random_permutations():
    labels, predicted = random_runs(1)
    wrong = predicted != labels
    result = overlap.excess(labels, wrong, 3)
    rng = np.random.default_rng(2)
    overlaps = []
    for _ in range(2000):
        shuffled = wrong.copy()
        for run in range(4):
            for label in range(3):
                images = np.flatnonzero(labels == label)
                shuffled[run, images] = wrong[run, rng.permutation(images)]
        errors = shuffled.sum(0)
        overlaps.append((errors * (errors - 1) / 2).sum())
    assert np.mean(overlaps) == pytest.approx(result.expected, rel=0.02)
    deviation = abs(result.observed - result.expected) / stats.norm.isf(result.p / 2)
    assert np.std(overlaps) == pytest.approx(deviation, rel=0.06)


def test_equal_errors_lie_in_the_images_and_independent_ones_in_the_training():
    labels = np.zeros(400, int)
    same = np.tile(np.arange(400) < 40, (3, 1))
    parts = overlap.variance_parts(labels, same, 1)
    assert parts.images.percent == pytest.approx(100)
    assert parts.training.percent == pytest.approx(0)
    apart = np.arange(400).reshape(1, -1) // 100 == np.arange(3).reshape(-1, 1)
    parts = overlap.variance_parts(labels, apart, 1)
    assert parts.images.percent < 0
    whole_classes = np.tile(np.arange(400) < 100, (2, 1))
    parts = overlap.variance_parts((np.arange(400) < 100).astype(int), whole_classes, 2)
    assert parts.classes.percent == pytest.approx(100)
    assert parts.images.percent == pytest.approx(0)


def test_the_parts_of_the_variance_sum_to_all_of_it():
    labels, predicted = random_runs()
    parts = overlap.variance_parts(labels, predicted != labels, 3)
    total = parts.classes.percent + parts.images.percent + parts.training.percent
    assert total == pytest.approx(100)


def test_the_part_of_the_images_is_that_of_covariances_computed_plainly():
    labels, predicted = random_runs(3)
    wrong = (predicted != labels).astype(float)
    within = []
    for a, b in combinations(range(4), 2):
        covariance = 0.0
        for label in range(3):
            images = labels == label
            deviations = wrong[:, images] - wrong[:, images].mean(1, keepdims=True)
            covariance += (deviations[a] * deviations[b]).sum()
        within.append(covariance / len(labels))
    parts = overlap.variance_parts(labels, wrong.astype(bool), 3)
    assert parts.images.percent == pytest.approx(100 * np.mean(within) / wrong.var(1).mean())


def test_the_expected_difficulty_is_that_of_every_outcome():
    labels, predicted = random_runs(4, runs=3)
    wrong = predicted != labels
    observed, expected = overlap.difficulty(labels, wrong, 3)
    plainly = np.zeros(4)
    for label in range(3):
        rates = wrong[:, labels == label].mean(1)
        for outcome in np.ndindex(2, 2, 2):
            chance = np.prod(np.where(outcome, rates, 1 - rates))
            plainly[sum(outcome)] += chance * (labels == label).sum()
    np.testing.assert_allclose(expected, plainly)
    np.testing.assert_array_equal(observed, np.bincount(wrong.sum(0), minlength=4))


def test_shared_errors_of_a_hand_made_pair():
    # Eight cats, four dogs; all three runs call cat 0 and dog 8 by the other name.
    labels = np.array([0] * 8 + [1] * 4)
    predicted = np.tile(labels, (3, 1))
    predicted[:, 0] = 1
    predicted[:, 8] = 0
    predicted[0, 1] = predicted[1, 2] = 1
    columns = overlap.shared_by_all(labels, predicted, 2)
    rows = {
        (level, int(label)): place
        for place, (level, label) in enumerate(zip(columns["level"], columns["label"], strict=True))
    }
    cats = rows["class", 0]
    pair = rows["pair", 0]
    total = rows["total", -1]
    assert [columns[name][cats] for name in ("images", "errors", "some", "all")] == [8, 5, 3, 1]
    assert [columns[name][pair] for name in ("images", "errors", "some", "all")] == [12, 8, 4, 2]
    expected = 8 * (2 / 8) * (2 / 8) * (1 / 8) + 4 * (1 / 4) ** 3
    assert columns["expected"][pair] == pytest.approx(expected)
    assert columns["expected"][total] == pytest.approx(expected)
    assert columns["share"][pair] == pytest.approx(100 * 3 * 2 / 8)
    assert columns["p"][pair] == pytest.approx(1 - stats.poisson.cdf(1, expected))


def test_shared_errors_are_those_of_a_plain_count():
    labels, predicted = random_runs(5)
    columns = overlap.shared_by_all(labels, predicted, 3)
    for place in np.flatnonzero(columns["level"] == "pair"):
        ends = {int(columns["label"][place]), int(columns["predicted"][place])}
        errors, some, every = 0, 0, 0
        for image, label in enumerate(labels):
            votes = [vote for vote in predicted[:, image] if vote != label]
            own = [vote for vote in votes if {int(label), int(vote)} == ends]
            errors += len(own)
            some += bool(own)
            every += len(own) == len(predicted)
        assert (errors, some, every) == tuple(
            columns[name][place] for name in ("errors", "some", "all")
        )


def test_without_an_error_nothing_is_shared_and_nothing_fails():
    labels = np.array([0, 0, 2])
    predicted = np.tile(labels, (2, 1))
    assert overlap.excess(labels, predicted != labels, 3).p == 1
    assert np.isnan(overlap.variance_parts(labels, predicted != labels, 3).images.percent)
    columns = overlap.shared_by_all(labels, predicted, 3)
    assert columns["level"].tolist() == ["total", "class", "class"]
    assert np.isnan(columns["p_holm"]).all()


def test_errors_that_never_meet_have_a_bound():
    labels = np.zeros(100, int)
    wrong = np.arange(100).reshape(1, -1) // 20 == np.arange(2).reshape(-1, 1)
    result = overlap.excess(labels, wrong, 1)
    assert (result.observed, result.expected) == (0, 4)
    assert (result.low, result.high) == (0, pytest.approx(3.689 / 4, rel=1e-3))


def test_the_size_of_the_tests_under_independence():
    rng = np.random.default_rng(0)
    rates = np.array([0.05, 0.1, 0.2, 0.4])
    rejections, of_images, of_ratio, family = 0, 0, 0, 0
    rounds = 600
    for _ in range(rounds):
        labels = rng.integers(0, 4, 400)
        wrong = rng.random((4, 400)) < rates[labels]
        step = rng.integers(1, 4, wrong.shape)
        result = overlap.excess(labels, wrong, 4)
        rejections += result.p < 0.05
        of_ratio += result.low <= 1 <= result.high
        images = overlap.variance_parts(labels, wrong, 4).images
        of_images += images.low <= 0 <= images.high
        predicted = np.where(wrong, (labels + step) % 4, labels)
        columns = overlap.shared_by_all(labels, predicted, 4)
        family += bool((columns["p_holm"] < 0.05).any())
    assert rejections / rounds < 0.07
    assert of_ratio / rounds > 0.93
    assert of_images / rounds > 0.93
    assert family / rounds < 0.07


def test_intervals_cover_a_planted_truth():
    # The error rates of images are 0.05 or 0.65: a variance of 0.0576 of 0.1716 or 0.17 of 0.2.
    rng = np.random.default_rng(1)
    p = np.array([0.05, 0.65])
    mean = 0.8 * p[0] + 0.2 * p[1]
    between = 0.8 * 0.2 * (p[1] - p[0]) ** 2
    truth = 100 * between / (mean * (1 - mean))
    ratio = 1 + between / mean**2
    covered, ratios = 0, 0
    rounds = 400
    for _ in range(rounds):
        labels = rng.integers(0, 3, 600)
        wrong = rng.random((3, 600)) < p[(rng.random(600) < 0.2).astype(int)]
        images = overlap.variance_parts(labels, wrong, 3).images
        covered += images.low <= truth <= images.high
        result = overlap.excess(labels, wrong, 3)
        ratios += result.low <= ratio <= result.high
    assert covered / rounds > 0.92
    assert ratios / rounds > 0.92
