"""Calibration, second best classes, thresholds and candidates for wrong labels."""

import numpy as np
import pytest

from interference.confusion import confidence


def test_bins_hold_the_right_and_the_confident_of_all_and_of_each_predicted_class():
    label = np.array([0, 0, 1, 2, 1])
    predicted = np.array([0, 0, 0, 2, 1])
    sure = np.array([0.95, 1.0, 0.91, 0.4, 0.4])
    bins = confidence.calibration(label, predicted, sure, 3)
    assert bins.images[0].tolist() == [0, 0, 0, 0, 2, 0, 0, 0, 0, 3]
    assert bins.images[1].tolist() == [0] * 9 + [3]
    assert bins.right[1].tolist() == [0] * 9 + [2]
    assert bins.accuracy[1, 9] == pytest.approx(2 / 3)
    assert bins.confidence[1, 9] == pytest.approx((0.95 + 1.0 + 0.91) / 3)
    # all: 3 images at confidence 0.9533 and accuracy 2/3, 2 at confidence 0.4 and accuracy 1
    expected = (3 * abs(0.953333 - 2 / 3) + 2 * 0.6) / 5
    assert bins.error[0] == pytest.approx(expected, abs=1e-6)
    excess, low, high = bins.excess
    assert excess[0] == pytest.approx(np.mean(sure) - 4 / 5)
    assert low[0] < excess[0] < high[0]
    assert np.isnan(confidence.calibration(label, predicted % 2, sure, 3).error[3])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_confidence_at_the_edge_of_two_bins_is_in_the_upper_one(kind: type):
    sure = (np.arange(11) / 10).astype(kind)
    bins = confidence.calibration(np.zeros(11, int), np.zeros(11, int), sure, 1)
    assert bins.images[0].tolist() == [1] * 9 + [2]


def test_a_calibrated_classifier_has_a_small_error_and_an_interval_that_covers_zero():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        sure = rng.uniform(0.5, 1, 400)
        label = np.where(rng.random(400) < sure, 0, 1)
        bins = confidence.calibration(label, np.zeros(400, int), sure, 2)
        _, low, high = bins.excess
        covered += low[0] <= 0 <= high[0]
    assert 0.9 <= covered / 200 <= 1
    assert bins.error[0] < 0.1


SCORES = np.array(
    [
        [0.7, 0.2, 0.1],
        [0.5, 0.1, 0.4],
        [0.1, 0.3, 0.6],
        [0.2, 0.5, 0.3],
    ]
)
LABEL = np.array([0, 1, 0, 1])


def test_scores_give_the_second_best_class_and_the_place_of_the_true_one():
    columns = confidence.from_scores(SCORES, LABEL, SCORES.argmax(1))
    assert columns["confidence"].tolist() == pytest.approx([0.7, 0.5, 0.6, 0.5])
    assert columns["second"].tolist() == [1, 2, 1, 2]
    assert columns["place"].tolist() == [1, 3, 3, 1]
    assert columns["label_confidence"].tolist() == pytest.approx([0.7, 0.1, 0.1, 0.5])


def test_a_class_predicted_by_a_threshold_comes_first():
    scores = np.array([[0.6, 0.4], [0.6, 0.4]])
    columns = confidence.from_scores(scores, np.array([0, 1]), np.array([1, 1]))
    assert columns["confidence"].tolist() == pytest.approx([0.4, 0.4])
    assert columns["second"].tolist() == [0, 0]
    assert columns["place"].tolist() == [2, 1]


def plain_suggestions(scores, label):
    """Confident learning image by image, as its paper and cleanlab describe it."""
    classes = scores.shape[1]
    thresholds = {c: scores[label == c, c].mean() for c in range(classes) if (label == c).any()}
    suggested = []
    for row, given in zip(scores, label, strict=True):
        reached = [c for c, least in thresholds.items() if row[c] >= max(least, 2e-6) - 1e-6]
        guess = -1
        if len(reached) == 1:
            guess = reached[0]
        elif reached:
            guess = int(np.argmax(row))
        is_candidate = guess not in (-1, given) and np.argmax(row) != given
        suggested.append(guess if is_candidate else -1)
    return suggested


def noisy_scores(images, classes, seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes - 1, images)  # the last class has no image
    scores = rng.dirichlet(np.full(classes, 0.3), images)
    scores[np.arange(images), truth] += 1
    scores /= scores.sum(1, keepdims=True)
    label = np.where(rng.random(images) < 0.15, rng.integers(0, classes - 1, images), truth)
    return scores, label


@pytest.mark.parametrize(("images", "classes"), [(150, 3), (500, 7)])
def test_suggested_labels_are_those_of_a_plain_computation(images, classes, monkeypatch):
    scores, label = noisy_scores(images, classes, seed=images)
    expected = plain_suggestions(scores, label)
    assert sum(guess >= 0 for guess in expected) > 2
    assert confidence.suggested_labels(scores, label).tolist() == expected
    monkeypatch.setattr(confidence, "AT_ONCE", 10)  # a row or three at once
    assert confidence.suggested_labels(scores, label).tolist() == expected


@pytest.mark.cleanlab
@pytest.mark.parametrize("seed", range(5))
def test_suggested_labels_are_the_issues_that_cleanlab_finds(seed):
    from cleanlab.filter import find_label_issues

    scores, label = noisy_scores(300, 5, seed)
    scores = scores[:, :4] / scores[:, :4].sum(1, keepdims=True)  # cleanlab needs every class
    issues = find_label_issues(label, scores, filter_by="confident_learning", n_jobs=1)
    suggested = confidence.suggested_labels(scores, label)
    assert issues.sum() > 5
    assert ((suggested >= 0) == issues).all()


def test_errors_at_each_threshold_are_those_of_a_loop():
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, 60)
    probability = rng.integers(0, 10, 60) / 10
    curve = confidence.thresholds(label, probability)
    for place, least in enumerate(curve.threshold):
        predicted = probability >= least
        assert curve.first_as_second[place] == (predicted & (label == 0)).sum()
        assert curve.second_as_first[place] == (~predicted & (label == 1)).sum()
    assert curve.errors[curve.at(0.5)] == ((probability >= 0.5) != label).sum()
    assert curve.errors[-1] == label.sum()
