"""Claims about people who name the same test images (Section 2.1: hard for humans as well).

The votes of CIFAR-10H are a reference beside the nets: about 51 people named each test image. They
are read if `claims.humans` is set; otherwise these claims are not measured.
"""

from itertools import combinations

import numpy as np

from interference import confusion
from interference.claims import rules
from interference.claims.findings import (
    Fraction,
    correlation,
    named_numbers_text,
    points_finding,
    rate_above,
)
from interference.claims.lookup import anneal_cctms, labels
from interference.claims.net_pairs import predictions_of
from interference.claims.registry import Evidence, claim
from interference.claims.rules import Finding, NotMeasured, Undecided, for_each
from interference.confusion import agreement, by_epoch, statistics
from interference.confusion.agreement import Excess
from interference.io.tables import Table
from interference.vocabulary import Array

AGREEMENT = 0.5  # of people with the labels; less than half means that the images are others
SOME = 0.1  # of the people who name an image
MOST = 0.5
LISTED = 3  # pairs of classes whose excess the text names


def _votes(evidence: Evidence) -> Array:
    """The votes (images, C) of people; raises `NotMeasured` without them."""
    if evidence.humans is None:
        raise NotMeasured("claims.humans is not set, so no votes of people were read")
    return evidence.humans


def _shares(evidence: Evidence, truth: Array) -> Array:
    """The fraction of people who chose each class, (images, C), for test images with labels."""
    votes = _votes(evidence)
    if len(votes) != len(truth):
        raise Undecided(f"{len(truth)} test images, but votes on {len(votes)}")
    shares = agreement.shares_of_votes(votes)
    agreed = agreement.majority(shares, truth)
    if agreed < AGREEMENT:
        raise Undecided(
            f"most people agree with the label of {agreed:.0%} of the images, expected at least "
            f"{AGREEMENT:.0%}: the test images are in another order"
        )
    return shares


def _predictions(evidence: Evidence, table: Table) -> tuple[Array, Array]:
    """The true and the predicted class of a run's test images."""
    predictions = predictions_of(evidence, table)
    if predictions is None:
        raise NotMeasured(f"{table.run['name']}: no predictions of test images")
    return predictions


@claim(
    "humans-alike",
    "people and nets confuse the same classes: the classes are hard to recognise for humans as "
    "well",
    "Section 2.1",
    exhibit="cctms",
)
def _humans_alike(evidence: Evidence) -> Finding:
    tables = anneal_cctms(evidence)
    _votes(evidence)

    def find(table: Table) -> Finding:
        truth, _ = _predictions(evidence, table)
        people = agreement.rates_of_votes(_shares(evidence, truth), truth)
        net = confusion.cctm(by_epoch.test_counts(table))
        estimate = statistics.pair_correlation(
            confusion.symmetrised(people), confusion.symmetrised(net)
        )
        return correlation(evidence, estimate, +1)

    return for_each(tables, find)


@claim(
    "cat-dog-beyond-humans",
    "nets confuse CAT and DOG more than people do (not in the paper)",
    "CIFAR-10H",
    exhibit="cctms",
)
def _cat_dog_beyond_humans(evidence: Evidence) -> Finding:
    tables = anneal_cctms(evidence)
    _votes(evidence)

    def find(table: Table) -> Finding:
        cat, dog = labels(table.classes, "cat", "dog")
        truth, predicted = _predictions(evidence, table)
        shares = _shares(evidence, truth)
        excesses = agreement.beyond_votes(shares, truth, predicted)
        own = _finding(excesses, (cat, dog))
        pairs = list(combinations(range(shares.shape[1]), 2))
        findings = [_finding(excesses, pair) for pair in pairs]
        p_values = rules.holm([1.0 if one.p is None else one.p for one in findings])
        is_clear = p_values < rules.LEVEL
        more = sum(one.figure > 0 for one, clear in zip(findings, is_clear, strict=True) if clear)
        less = int(is_clear.sum()) - more
        names = table.classes.labels
        ranked = sorted(zip(pairs, findings, strict=True), key=lambda item: -item[1].figure)
        largest = {f"{names[a]}-{names[b]}": one.figure for (a, b), one in ranked[:LISTED]}
        return own._replace(
            measured=(
                f"{own.measured}; of {len(pairs)} pairs, nets confuse {more} more and {less} less "
                f"than people, by Holm; largest: {named_numbers_text(largest, '+.2f')}"
            )
        )

    return for_each(tables, find)


def excess(shares: Array, truth: Array, predicted: Array, pair: tuple[int, int]) -> Finding:
    """How much more often a net confuses two classes than people do, both ways added.

    Args:
        shares: The fraction of people who chose each class, (images, C).
        truth: The true class of each image, (images,).
        predicted: The net's class of each image, (images,).
        pair: The two classes.

    Returns:
        The finding, in percentage points.
    """
    return _finding(agreement.beyond_votes(shares, truth, predicted), pair)


def _finding(excess: Excess, pair: tuple[int, int]) -> Finding:
    """The excess of a pair as a finding, in percentage points."""
    value, low, high = (100 * float(end[pair]) for end in (excess.value, excess.low, excess.high))
    return points_finding(value, low, high, +1, p=float(excess.p[pair]))


@claim(
    "labels-not-cause",
    "wrong labels are not the cause of most errors: on most images that a net gets wrong, fewer "
    "than half of the people choose the net's class (not in the paper)",
    "CIFAR-10H",
    exhibit="cctms",
)
def _labels_not_cause(evidence: Evidence) -> Finding:
    tables = anneal_cctms(evidence)
    _votes(evidence)

    def find(table: Table) -> Finding:
        truth, predicted = _predictions(evidence, table)
        shares = _shares(evidence, truth)
        wrong = np.flatnonzero(predicted != truth)
        if not len(wrong):
            raise NotMeasured(f"{table.run['name']}: no error on the test set")
        with_net = shares[wrong, predicted[wrong]]
        few = rate_above(Fraction(int((with_net < MOST).sum()), len(wrong)), 0.5, ".1%")
        some = int((with_net >= SOME).sum())
        most = int((with_net >= MOST).sum())
        return few._replace(
            measured=(
                f"{len(wrong)} errors: at least {SOME:.0%} of the people choose the net's class on "
                f"{some} ({some / len(wrong):.1%}), at least {MOST:.0%} on {most} "
                f"({most / len(wrong):.1%})"
            )
        )

    return for_each(tables, find)
