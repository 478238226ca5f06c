"""Differences between two nets on the same test images, image by image if both predict them."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from interference.claims import contrasts, rules
from interference.claims.findings import Fraction, confused, correct, difference, points_finding
from interference.claims.registry import Evidence
from interference.claims.rules import Finding
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.vocabulary import Array


class Counted(NamedTuple):
    """The test images that a comparison counts.

    Attributes:
        label: The true class of the images; None for all images.
        predicted: The class that a counted image is predicted as; None for its own class.
    """

    label: int | None = None
    predicted: int | None = None

    def fraction(self, table: Table) -> Fraction:
        """The counted images of a net, from its cctm table."""
        counts = by_epoch.test_counts(table)
        if self.label is None:
            return correct(counts)
        predicted = self.label if self.predicted is None else self.predicted
        return confused(counts, self.label, predicted)

    def select(self, labels: Array, predicted: Array) -> Array:
        """Which images of the true class are counted, (images of the class,) bool."""
        is_of_class = np.ones(labels.shape, bool) if self.label is None else labels == self.label
        expected = labels if self.predicted is None else np.full_like(labels, self.predicted)
        is_counted: Array = (predicted == expected)[is_of_class]
        return is_counted


def net_difference(
    evidence: Evidence, first: Table, second: Table, counted: Counted, sign: int
) -> Finding:
    """How much more often one net's images are counted than another net's.

    Args:
        evidence: Holds the predictions of the nets, if there are any.
        first: The cctm table of the first net.
        second: The cctm table of the net whose rate is subtracted.
        counted: The images that are counted.
        sign: +1 or -1, the sign that is expected.

    Returns:
        The finding, in percentage points. With the predictions of both nets on the same images it
        has the interval of a paired difference and McNemar's exact p, and is open unless both
        exclude zero. Otherwise it is `findings.difference`, as if the images were different.
    """
    discordant = _discordant(evidence, first, second, counted)
    if discordant is None:
        return difference(counted.fraction(first), counted.fraction(second), sign)
    only_first, only_second, images = discordant
    estimate = contrasts.paired(only_first, only_second, images)
    low, high = 100 * estimate.low, 100 * estimate.high
    finding = points_finding(100 * estimate.value, low, high, sign, p=estimate.p)
    is_significant = estimate.p < rules.LEVEL
    return finding._replace(
        held=finding.held if is_significant else None,
        measured=(
            f"{finding.measured}; {only_first} images of the first alone, {only_second} of the "
            f"second alone, McNemar's {rules.p_text(estimate.p)}"
        ),
    )


def gains(evidence: Evidence, first: Table, second: Table, weights: Array) -> contrasts.Estimate:
    """A weighted sum of how much higher one net's recall of each class is than another net's.

    With the predictions of both nets on the same images, the variance of a gain is that of a paired
    difference, otherwise that of two samples. Each variance adds an image to either side, as in
    `contrasts.paired` and in Agresti and Caffo's interval (2000).

    Args:
        evidence: Holds the predictions of the nets, if there are any.
        first: The cctm table of the first net.
        second: The cctm table of the net whose recalls are subtracted.
        weights: The weight of each class, (C,).

    Returns:
        The sum as a fraction, with its normal interval and p-value; nan if a class with a weight
        has no image.
    """
    value = 0.0
    variance = 0.0
    for label in np.flatnonzero(weights):
        gain, own_variance = _gain(evidence, first, second, Counted(int(label)))
        value += weights[label] * gain
        variance += weights[label] ** 2 * own_variance
    error = float(np.sqrt(variance))
    half = statistics.NORMAL * error
    p = float(2 * stats.norm.sf(abs(value) / error))
    return contrasts.Estimate(value, value - half, value + half, p)


def _gain(evidence: Evidence, first: Table, second: Table, counted: Counted) -> tuple[float, float]:
    """How much more often one net's images are counted than another's, and the variance of this."""
    own = counted.fraction(first)
    other = counted.fraction(second)
    gain = own.rate - other.rate
    discordant = _discordant(evidence, first, second, counted)
    if discordant is not None:
        only_first, only_second, images = discordant
        first_rate = (only_first + 1) / (images + 2)
        second_rate = (only_second + 1) / (images + 2)
        paired_variance = first_rate + second_rate - (first_rate - second_rate) ** 2
        return gain, paired_variance / (images + 2)
    variance = 0.0
    for fraction in (own, other):
        rate = (fraction.images + 1) / (fraction.total + 2)
        variance += rate * (1 - rate) / (fraction.total + 2)
    return gain, variance


def _discordant(
    evidence: Evidence, first: Table, second: Table, counted: Counted
) -> tuple[int, int, int] | None:
    """The images that are counted in one net alone, image by image.

    Returns:
        Their number in the first net, in the second net, and the number of all images; None if the
        nets did not predict the same images, or their predictions are absent.
    """
    own = predictions_of(evidence, first)
    other = predictions_of(evidence, second)
    if own is None or other is None or not np.array_equal(own[0], other[0]):
        return None
    labels = own[0]
    in_first = counted.select(labels, own[1])
    in_second = counted.select(labels, other[1])
    only_first = int((in_first & ~in_second).sum())
    only_second = int((in_second & ~in_first).sum())
    return only_first, only_second, len(in_first)


def predictions_of(evidence: Evidence, table: Table) -> tuple[Array, Array] | None:
    """The true and the predicted class of a run's test images.

    Args:
        evidence: Holds the predictions.
        table: A table of the run.

    Returns:
        The two classes of each image, (images,) each, in the images' order; None if the evidence
        lacks them.
    """
    for predictions in evidence.predictions.values():
        if predictions.run.get("name") == table.run["name"]:
            frame = predictions.frame
            is_test = (frame["split"] == "test").to_numpy()
            order = np.argsort(frame["index"].to_numpy()[is_test], kind="stable")
            labels = frame["label"].to_numpy()[is_test][order]
            predicted = frame["predicted"].to_numpy()[is_test][order]
            return (labels, predicted) if len(labels) else None
    return None
