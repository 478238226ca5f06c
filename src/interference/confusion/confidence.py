"""How confident predictions are: calibration, second best classes, and candidates for wrong labels.

The confidence of a prediction is the probability that the classifier gives the class it predicts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.confusion import statistics
from interference.vocabulary import Array, Columns

BINS = 10  # of equal width, from 0 to 1
NONE = -1  # in place of a class
SLACK = 1e-6  # below a threshold of confident learning, as cleanlab has it
LEAST_THRESHOLD = 2e-6  # of confident learning, as cleanlab has it
AT_ONCE = 2**22  # scores that are worked on at once


@dataclass(frozen=True)
class Calibration:
    """The confidences and the right predictions in bins, of all images and of each class.

    The first of the G = 1 + C rows is about all images, row 1 + c about those predicted as class c.

    Attributes:
        images: (G, BINS) the number of images; the bins divide 0 to 1 equally.
        right: (G, BINS) how many of them are predicted right.
        confidence_sum: (G, BINS) the sum of their confidences.
    """

    images: Array
    right: Array
    confidence_sum: Array

    @property
    def confidence(self) -> Array:
        """The mean confidence of each bin (G, BINS), nan without images."""
        return confusion.ratio(self.confidence_sum, self.images)

    @property
    def accuracy(self) -> Array:
        """The fraction of right predictions in each bin (G, BINS), nan without images."""
        return confusion.ratio(self.right, self.images)

    @property
    def interval(self) -> tuple[Array, Array]:
        """The 95 % interval of the accuracy of each bin (Wilson), (G, BINS) each."""
        return statistics.wilson(self.right, self.images)

    @property
    def error(self) -> Array:
        """The expected calibration error (G,) (Guo et al. 2017), nan without images.

        It is the mean distance of confidence and accuracy over the bins, weighted by their images.
        """
        distance = np.abs(self.right - self.confidence_sum)
        return confusion.ratio(distance.sum(1), self.images.sum(1))

    @property
    def excess(self) -> tuple[Array, Array, Array]:
        """The mean confidence less the accuracy (G,), and the ends of its 95 % interval.

        Positive values mean that the classifier is too confident. The interval is that of the
        accuracy (Wilson).
        """
        images = self.images.sum(1)
        right = self.right.sum(1)
        confidence = confusion.ratio(self.confidence_sum.sum(1), images)
        low, high = statistics.wilson(right, images)
        return confidence - confusion.ratio(right, images), confidence - high, confidence - low


def calibration(label: Array, predicted: Array, confidence: Array, classes: int) -> Calibration:
    """Sort predictions into bins by their confidence.

    Args:
        label: (n,) the true classes.
        predicted: (n,) the predicted classes.
        confidence: (n,) the probability of each predicted class.
        classes: The number C of classes.

    Returns:
        The bins: a row for all images, then a row for each predicted class.
    """
    stored = np.asarray(confidence, np.float32)  # as tables hold it, so that 0.7 is in 0.7 to 0.8
    bins = np.minimum((stored * np.float32(BINS)).astype(np.int64), BINS - 1)
    cell = predicted * BINS + bins
    shape = (classes, BINS)
    size = classes * BINS
    parts = []
    for weights in (None, label == predicted, confidence):
        sums = np.bincount(cell, weights, size).reshape(shape)
        parts.append(np.concatenate([sums.sum(0, keepdims=True), sums]))
    images, right, confidence_sum = parts
    return Calibration(images, right.astype(np.int64), confidence_sum)


def from_scores(scores: Array, label: Array, predicted: Array) -> Columns:
    """Describe predictions by the probabilities of all classes.

    Args:
        scores: (n, C) the probabilities.
        label: (n,) the true classes.
        predicted: (n,) the predicted classes; usually those with the highest probability.

    Returns:
        Columns (n,):

        * `confidence` and `label_confidence`, float32: the probabilities of the predicted and of
          the true class.
        * `second`: the other class with the highest probability.
        * `place`: the place of the true class if the predicted class comes first and the others
          follow by their probability. It is 1 if the prediction is right.
        * `suggested`: the class that confident learning suggests, as `suggested_labels` finds it.
    """
    rows = np.arange(len(label))
    second = np.empty(len(label), np.int64)
    place = np.ones(len(label), np.int64)
    for part in _parts(scores.shape):
        others = scores[part].copy()
        inside = np.arange(len(others))
        others[inside, predicted[part]] = -1
        second[part] = others.argmax(1)
        own = others[inside, label[part]]
        is_wrong = label[part] != predicted[part]
        higher = (others > own[:, None]).sum(1)
        place[part] = np.where(is_wrong, 2 + higher, 1)
    return {
        "confidence": scores[rows, predicted].astype(np.float32),
        "second": second,
        "place": place,
        "label_confidence": scores[rows, label].astype(np.float32),
        "suggested": suggested_labels(scores, label),
    }


def suggested_labels(scores: Array, label: Array) -> Array:
    """The classes that images seem to be of in place of their labels: confident learning.

    The rule is that of Northcutt, Jiang and Chuang (2021) as cleanlab computes it. The threshold of
    a class is the mean probability that the images with its label get for it. An image belongs
    confidently to a class if its probability reaches the threshold; if several do, to the class
    with the highest probability of all. An image is a candidate if that class is not its label, and
    its label is not the class with the highest probability.

    Args:
        scores: (n, C) the probabilities of a classifier that was not trained on these labels.
        label: (n,) the given labels.

    Returns:
        (n,) the suggested class, `NONE` for an image that is no candidate.
    """
    classes = scores.shape[1]
    sums = np.bincount(label, scores[np.arange(len(label)), label], classes)
    thresholds = confusion.ratio(sums, np.bincount(label, minlength=classes))
    reached = np.where(np.isnan(thresholds), np.inf, np.maximum(thresholds, LEAST_THRESHOLD))
    suggested = np.full(len(label), NONE)
    for part in _parts(scores.shape):
        is_confident = scores[part] >= reached - SLACK
        number = is_confident.sum(1)
        highest = scores[part].argmax(1)
        guess = np.where(number > 1, highest, is_confident.argmax(1))
        given = label[part]
        is_candidate = (number > 0) & (guess != given) & (highest != given)
        suggested[part] = np.where(is_candidate, guess, NONE)
    return suggested


def _parts(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows that hold at most `AT_ONCE` values each."""
    rows, columns = shape
    step = max(1, AT_ONCE // columns)
    for start in range(0, rows, step):
        yield slice(start, start + step)


@dataclass(frozen=True)
class Thresholds:
    """The errors of two classes at each threshold of the second class.

    Attributes:
        threshold: (k,) thresholds, ascending; an image is predicted as the second class if its
            probability is at least this.
        first_as_second: (k,) images of the first class that are predicted as the second.
        second_as_first: (k,) images of the second class that are predicted as the first.
    """

    threshold: Array
    first_as_second: Array
    second_as_first: Array

    @property
    def errors(self) -> Array:
        """All errors at each threshold (k,)."""
        return self.first_as_second + self.second_as_first

    def at(self, threshold: float) -> int:
        """The position of the predictions that a threshold makes."""
        return int(np.searchsorted(self.threshold, threshold))


def thresholds(label: Array, probability: Array) -> Thresholds:
    """Count the errors of two classes at every threshold that makes a difference.

    Args:
        label: (n,) the true classes, 0 or 1.
        probability: (n,) the probability of class 1.

    Returns:
        The errors; the last threshold, infinity, predicts class 0 for every image.
    """
    values, position = np.unique(probability, return_inverse=True)
    negatives = np.bincount(position[label == 0], minlength=len(values))
    positives = np.bincount(position[label == 1], minlength=len(values))
    above = negatives.sum() - np.concatenate([[0], np.cumsum(negatives)])
    below = np.concatenate([[0], np.cumsum(positives)])
    return Thresholds(np.append(values, np.inf), above, below)
