"""Precision, recall and F1 against scikit-learn's, and their intervals against simulation."""

import numpy as np
import pytest

from interference.confusion import scores

COUNTS = np.array([[50, 5, 1, 0], [9, 80, 3, 0], [2, 0, 14, 0], [0, 0, 0, 0]])


def as_images(counts):
    label, predicted = np.nonzero(counts)
    times = counts[label, predicted]
    return np.repeat(label, times), np.repeat(predicted, times)


def test_the_scores_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    truth, predicted = as_images(COUNTS)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=range(3)
    )
    own = scores.of_classes(COUNTS)
    np.testing.assert_allclose(own["precision"][:3], precision)
    np.testing.assert_allclose(own["recall"][:3], recall)
    np.testing.assert_allclose(own["f1"][:3], f1)
    np.testing.assert_array_equal(own["support"][:3], support)
    macro = metrics.precision_recall_fscore_support(truth, predicted, average="macro")
    means = scores.means(COUNTS)
    for name, value in zip(scores.MEASURES, macro, strict=False):
        assert means[scores.MACRO][name] == pytest.approx(value)
        assert means[scores.MICRO][name] == pytest.approx(144 / 164)


def test_a_class_without_images_and_never_predicted_has_no_score():
    own = scores.of_classes(COUNTS)
    assert all(np.isnan(own[name][3]) for name in scores.MEASURES)


def test_a_class_that_is_never_predicted_counts_as_0_in_the_macro_mean():
    counts = np.array([[4, 0], [4, 0]])
    assert np.isnan(scores.of_classes(counts)["precision"][1])
    assert scores.means(counts)[scores.MACRO]["precision"] == pytest.approx(0.25)


def test_perfect_scores_have_intervals_below_one():
    own = scores.of_classes(np.diag([20, 30]))
    assert own["f1"].tolist() == [1, 1]
    assert (own["f1_low"] < 1).all()


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(0)
    truth = np.array([[0.9, 0.07, 0.03], [0.2, 0.7, 0.1], [0.02, 0.08, 0.9]])
    sizes = np.array([300, 120, 60])
    expected = truth * sizes[:, None]
    classes = scores.of_classes(expected)
    macro = scores.means(expected)[scores.MACRO]
    rounds = 600
    covered = dict.fromkeys(scores.MEASURES, 0)
    of_class = 0
    for _ in range(rounds):
        counts = np.stack([rng.multinomial(n, p) for n, p in zip(sizes, truth, strict=True)])
        mean = scores.means(counts)[scores.MACRO]
        own = scores.of_classes(counts)
        for name in scores.MEASURES:
            covered[name] += mean[f"{name}_low"] <= macro[name] <= mean[f"{name}_high"]
        of_class += (own["f1_low"] <= classes["f1"]).mean() * (
            own["f1_high"] >= classes["f1"]
        ).mean()
    for name in scores.MEASURES:
        assert 0.92 < covered[name] / rounds < 0.98
    assert of_class / rounds > 0.92


def test_precision_recall_and_f1_of_known_counts():
    known = scores.of_classes(np.array([[8, 2, 0], [4, 6, 0], [0, 0, 0]]))
    np.testing.assert_allclose(known["recall"], [0.8, 0.6, np.nan])
    np.testing.assert_allclose(known["precision"], [8 / 12, 0.75, np.nan])
    np.testing.assert_allclose(known["f1"], [16 / 22, 12 / 18, np.nan])
