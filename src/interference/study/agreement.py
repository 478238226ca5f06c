"""How far a run agrees with a reference: the same pairs confused, and which of them more often."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from interference import confusion
from interference.classes import Classes, pair
from interference.confusion import agreement as rules
from interference.confusion import by_epoch, multiple_tests, statistics
from interference.errors import BadInput
from interference.io.tables import Table
from interference.study.matching import images_of_test, is_numbered, key_of
from interference.study.named_columns import with_names, with_safe_cells
from interference.vocabulary import Array, csv_cell

PAIR = ("class_1", "class_2")  # columns of class numbers
LEVEL = 0.05  # of the family of all pairs of a run
AGREED = 0.5  # of the votes with the labels; less than half means that the images are others


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference, known image by image or by its rates alone.

    Attributes:
        name: Its name.
        counts: (C, C) its confusion counts, row = true class; None for votes.
        predictions: Its predictions table; None if its images are not known.
        votes: (n, C) how many people chose each class for the test image of each number; None
            unless the reference is several people.
    """

    name: str
    counts: Array | None = None
    predictions: Table | None = None
    votes: Array | None = None


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far a run agrees with a reference.

    Attributes:
        run: The name of the run.
        reference: The name of the reference.
        classes: The classes.
        correlation: Spearman's correlation of the rates of all pairs; nan if it is not defined.
        p: Mantel's p-value of it.
        pairs: A row for each pair with an error: `class_1` and `class_2` (class numbers), the rates
            `rate` and `reference` and the `excess` with `low` and `high`, all both ways added and
            in percent of each class's images, `p`, and `p_holm`, corrected over all pairs that are
            tested; nan outside of them. The largest excess comes first, whatever its sign.
        images: The number of images that both name; 0 if the images are not matched.
    """

    run: str
    reference: str
    classes: Classes
    correlation: float
    p: float
    pairs: pd.DataFrame
    images: int

    @property
    def family(self) -> int:
        """The number of pairs that are tested together."""
        return int(self.pairs["p_holm"].notna().sum())

    @property
    def findings(self) -> pd.DataFrame:
        """The pairs that differ beyond chance, the largest excess first."""
        return self.pairs[self.pairs["p_holm"] < LEVEL]

    def name(self, row: "pd.Series | dict") -> str:
        """The name of a pair, such as `cat-dog`."""
        labels = self.classes.labels
        return pair(labels[row["class_1"]], labels[row["class_2"]])

    def to_frame(self) -> pd.DataFrame:
        """The rows of `pairs` with the names of classes in place of their numbers."""
        return with_names(self.pairs, PAIR, self.classes)

    def table(self) -> pd.DataFrame:
        """The rows of `to_frame` with the name of the run, for files."""
        named = with_safe_cells(self.to_frame(), PAIR)
        named.insert(0, "run", csv_cell(self.run))
        return named


def of_run(cctm: Table, predictions: Table | None, reference: Reference) -> Agreement:
    """Compare a run with a reference.

    Args:
        cctm: The cctm table of the run.
        predictions: Its predictions table, None if its images are not known.
        reference: The reference.

    Returns:
        The agreement: image by image on the test images that both know, else by the rates.

    Raises:
        BadInput: The reference is of other classes, has no test images, or its votes do not fit the
            images.
    """
    counts = by_epoch.test_counts(cctm)
    name = str(cctm.run["name"])
    if reference.votes is not None:
        excess, rates, number = _with_votes(predictions, reference, len(counts), name)
        own = counts
    else:
        excess, own, rates, number = _with_counts(counts, predictions, reference)
    own_rates = confusion.cctm(own)
    correlation, p = statistics.pair_correlation(
        confusion.symmetrised(rates), confusion.symmetrised(own_rates)
    )
    pairs = _pairs(excess, confusion.both_ways(own_rates), confusion.both_ways(rates))
    return Agreement(name, reference.name, cctm.classes, correlation, p, pairs, number)


def _with_votes(
    predictions: Table | None, reference: Reference, classes: int, name: str
) -> tuple[rules.Excess, Array, int]:
    """The excess over votes, the rates of the votes, and the number of images."""
    votes = reference.votes
    assert votes is not None
    if votes.shape[1] != classes:
        raise BadInput(
            f"{reference.name}: found votes on {votes.shape[1]} classes, allowed: {classes}, as in "
            f"{name}"
        )
    if predictions is None or not is_numbered(predictions):
        raise BadInput(
            f"{reference.name}: votes on images need the number of each image in {name}, allowed: "
            "predictions with a column `index`"
        )
    images = images_of_test(predictions)
    numbers = images["index"].to_numpy()
    if numbers.max() >= len(votes):
        raise BadInput(
            f"{reference.name}: found votes on {len(votes)} images, allowed: at least "
            f"{numbers.max() + 1}, since {name} has an image of number {numbers.max()}"
        )
    truth = images["label"].to_numpy(np.int64)
    shares = rules.shares_of_votes(votes[numbers])
    agreed = rules.majority(shares, truth)
    if not agreed >= AGREED:
        raise BadInput(
            f"{reference.name}: most votes agree with the label of {agreed:.0%} of the images of "
            f"{name}, allowed: at least {AGREED:.0%}; check that `index` numbers the same images "
            "and that the columns are the classes in label order"
        )
    predicted = images["predicted"].to_numpy(np.int64)
    excess = rules.beyond_votes(shares, truth, predicted)
    return excess, rules.rates_of_votes(shares, truth), len(truth)


def _with_counts(
    counts: Array, predictions: Table | None, reference: Reference
) -> tuple[rules.Excess, Array, Array, int]:
    """The excess over another classifier, both matrices, and the number of matched images."""
    if reference.counts is None or reference.counts.shape != counts.shape:
        shape = None if reference.counts is None else reference.counts.shape
        raise BadInput(f"{reference.name}: found counts {shape}, allowed: {counts.shape}")
    other_predictions = reference.predictions
    key = key_of([predictions, other_predictions])
    if predictions is not None and other_predictions is not None and key is not None:
        own_images, other_images = map(images_of_test, (predictions, other_predictions))
        shared = own_images.merge(other_images, on=key, suffixes=("", "_reference"))
        is_same = (shared["label"] == shared["label_reference"]).all()
        if len(shared) and is_same:
            truth, predicted, other = (
                shared[column].to_numpy(np.int64)
                for column in ("label", "predicted", "predicted_reference")
            )
            size = len(counts)
            excess = rules.beyond_predictions(truth, predicted, other, size)
            own = confusion.counts(truth, predicted, size)
            return excess, own, confusion.cctm(confusion.counts(truth, other, size)), len(truth)
    excess = rules.beyond_counts(counts, reference.counts)
    return excess, counts, confusion.cctm(reference.counts), 0


def _pairs(excess: rules.Excess, rates: Array, of_reference: Array) -> pd.DataFrame:
    """The pairs with an error of either side, the largest excess first."""
    has_error = np.nan_to_num(rates) + np.nan_to_num(of_reference) > 0
    first, second = np.nonzero(np.triu(has_error & np.isfinite(excess.value), 1))
    p = excess.p[first, second]
    is_tested = excess.is_tested[first, second]
    p_holm = np.full(len(p), np.nan)
    p_holm[is_tested] = multiple_tests.holm(p[is_tested])
    frame = pd.DataFrame(
        {
            "class_1": first,
            "class_2": second,
            "rate": 100 * rates[first, second],
            "reference": 100 * of_reference[first, second],
            "excess": 100 * excess.value[first, second],
            "low": 100 * excess.low[first, second],
            "high": 100 * excess.high[first, second],
            "p": p,
            "p_holm": p_holm,
        }
    )
    order = np.argsort(-frame["excess"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def table(agreements: Sequence[Agreement]) -> pd.DataFrame:
    """The pairs of several runs, for files.

    Args:
        agreements: How far the runs agree with their reference; at least one.
    """
    return pd.concat([agreement.table() for agreement in agreements], ignore_index=True)
