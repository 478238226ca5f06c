"""Differences between two nets on the same test images, image by image if both predict them."""

from typing import NamedTuple

import numpy as np

from interference.claims import contrasts, rules
from interference.claims.findings import Fraction, confused, correct, difference, points_finding
from interference.claims.registry import Evidence
from interference.claims.rules import Finding
from interference.confusion import by_epoch
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
    own = predictions_of(evidence, first)
    other = predictions_of(evidence, second)
    if own is None or other is None or not np.array_equal(own[0], other[0]):
        return difference(counted.fraction(first), counted.fraction(second), sign)
    labels = own[0]
    in_first = counted.select(labels, own[1])
    in_second = counted.select(labels, other[1])
    only_first = int((in_first & ~in_second).sum())
    only_second = int((in_second & ~in_first).sum())
    estimate = contrasts.paired(only_first, only_second, len(in_first))
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
