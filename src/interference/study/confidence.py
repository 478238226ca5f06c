"""The confidence of a run: calibration, near misses and candidates for wrong labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from interference.classes import Classes
from interference.confusion import confidence as rules
from interference.confusion.confidence import Calibration, Thresholds
from interference.io.tables import Table
from interference.study.matching import is_numbered
from interference.study.named_columns import with_safe_cells
from interference.vocabulary import csv_cell

NEAR = 0.6  # a right prediction of less confidence is a near miss
SURE = 0.9  # a wrong prediction of at least this confidence is confidently wrong
BEST = (2, 3, 5)  # the numbers of best classes among which an error may be right

WRONG = "confidently wrong"
NEAR_MISS = "near miss"
LABEL = "label-error candidate"


@dataclass(frozen=True, eq=False)
class Confidence:
    """The confidences of the test predictions of a run.

    Attributes:
        run: The name of the run.
        classes: The classes.
        images: A row for each image: `label`, `predicted` and `confidence`; if they are known, the
            columns of `confusion.confidence.from_scores`, and `index` and `image`.
        is_numbered: Whether `index` is the user's own number of the image.
    """

    run: str
    classes: Classes
    images: pd.DataFrame
    is_numbered: bool = True

    @cached_property
    def calibration(self) -> Calibration:
        """The bins of all images and of each predicted class."""
        label = self.images["label"].to_numpy()
        predicted = self.images["predicted"].to_numpy(np.int64)
        confidence = self.images["confidence"].to_numpy()
        return rules.calibration(label, predicted, confidence, len(self.classes))

    def furthest(self, most: int) -> list[int]:
        """The rows of the calibration to show: all images, then the classes furthest from it.

        A class comes first if the whole interval of its accuracy is far from its confidence, so
        that few images do not make it first by chance.

        Args:
            most: The greatest number of rows.
        """
        bins = self.calibration
        excess, low, high = bins.excess
        nearest = np.where(low * high > 0, np.minimum(np.abs(low), np.abs(high)), 0)
        known = np.flatnonzero(bins.images[1:].sum(1)) + 1
        order = known[np.lexsort((-np.abs(excess[known]), -nearest[known]))]
        return [0, *order[: most - 1].tolist()]

    @cached_property
    def errors(self) -> pd.DataFrame:
        """The wrong predictions, the most confident first."""
        wrong = self.images[self.images["label"] != self.images["predicted"]]
        return wrong.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)

    @property
    def sure_errors(self) -> pd.DataFrame:
        """The wrong predictions with a confidence of at least `SURE`, the most confident first."""
        return self.errors[self.errors["confidence"] >= SURE]

    @cached_property
    def near_misses(self) -> pd.DataFrame:
        """The right predictions with a confidence below `NEAR`, the least confident first.

        No rows if the second best classes are not known.
        """
        if "second" not in self.images:
            return self.images.head(0)
        is_right = self.images["label"] == self.images["predicted"]
        near = self.images[is_right & (self.images["confidence"] < NEAR)]
        return near.sort_values("confidence", kind="stable", ignore_index=True)

    @cached_property
    def label_errors(self) -> pd.DataFrame:
        """The images whose label may be wrong, those with the least probable label first.

        No rows unless the probabilities of all classes are known.
        """
        if "suggested" not in self.images:
            return self.images.head(0)
        candidates = self.images[self.images["suggested"] != rules.NONE]
        return candidates.sort_values("label_confidence", kind="stable", ignore_index=True)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The errors and near misses of each pair of classes, either way, most of both first.

        Columns: `class_1`, `class_2` (class numbers), `errors`, `near_misses`, and
        `right_at_second`, the errors whose second best class is the true one. No rows if the second
        best classes are not known.
        """
        names = ["class_1", "class_2"]
        if "second" not in self.images:
            return pd.DataFrame(columns=[*names, "errors", "near_misses", "right_at_second"])
        errors = _with_pair(self.errors, "predicted")
        near = _with_pair(self.near_misses, "second")
        errors["is_second"] = errors["second"] == errors["label"]
        by_pair = errors.groupby(names)["is_second"].agg(["size", "sum"])
        counts = pd.DataFrame(
            {
                "errors": by_pair["size"],
                "near_misses": near.groupby(names).size(),
                "right_at_second": by_pair["sum"],
            }
        )
        counts = counts.fillna(0).astype(np.int64).reset_index()
        both = counts["errors"] + counts["near_misses"]
        order = np.argsort(-both.to_numpy(), kind="stable")
        return counts.iloc[order].reset_index(drop=True)

    def errors_left(self) -> dict[int, pd.Series]:
        """Count the errors that remain if the true class may be among the K best.

        Returns:
            By K, the errors of each cell that has any (index: label, predicted). K = 1 and 2, and
            3 and 5 if the probabilities of all classes are known; none if the second best classes
            are not.
        """
        if "second" not in self.images:
            return {}
        is_second = (self.errors["second"] == self.errors["label"]).to_numpy()
        place = np.where(is_second, 2, 3)
        most = 2
        if "place" in self.errors:
            place = self.errors["place"].to_numpy()
            most = max(BEST)
        left = {}
        for best in (1, *BEST):
            if best <= most and (best == 1 or best < len(self.classes)):
                remaining = self.errors[place > best]
                left[best] = remaining.groupby(["label", "predicted"]).size()
        return left

    @cached_property
    def thresholds(self) -> Thresholds | None:
        """The errors of two classes at each threshold of the second; None for more classes."""
        if len(self.classes) != 2:
            return None
        confidence = self.images["confidence"].to_numpy(np.float64)
        is_second = self.images["predicted"].to_numpy() == 1
        probability = np.where(is_second, confidence, 1 - confidence)
        return rules.thresholds(self.images["label"].to_numpy(), probability)

    def calibration_table(self) -> pd.DataFrame:
        """The rows of `to_frame` with the name of the run, for files."""
        named = with_safe_cells(self.to_frame(), ["predicted"])
        named.insert(0, "run", csv_cell(self.run))
        return named

    def to_frame(self) -> pd.DataFrame:
        """The calibration as a frame.

        Returns:
            A row for each bin with images, of `all` images and of each predicted class:
            `predicted`, the ends `from` and `to` of the bin, `images`, the number `right` of them,
            their mean `confidence`, the `accuracy`, and its 95 % interval `low` to `high`.
        """
        bins = self.calibration
        low, high = bins.interval
        group, place = np.nonzero(bins.images)
        names = ["all", *self.classes.labels]
        return pd.DataFrame(
            {
                "predicted": [names[number] for number in group],
                "from": place / rules.BINS,
                "to": (place + 1) / rules.BINS,
                "images": bins.images[group, place].astype(np.int64),
                "right": bins.right[group, place],
                "confidence": bins.confidence[group, place],
                "accuracy": bins.accuracy[group, place],
                "low": low[group, place],
                "high": high[group, place],
            }
        )

    def images_table(self) -> pd.DataFrame:
        """The errors, near misses and label-error candidates with class names, for files."""
        lists = {WRONG: self.errors, NEAR_MISS: self.near_misses, LABEL: self.label_errors}
        parts = [frame.assign(kind=kind) for kind, frame in lists.items()]
        rows = pd.concat(parts, ignore_index=True)
        labels = np.array([*(csv_cell(label) for label in self.classes.labels), ""], object)
        columns = {"run": csv_cell(self.run), "kind": rows["kind"]}
        if "index" in rows and self.is_numbered:
            columns["index"] = rows["index"]
        if "image" in rows:
            columns["image"] = [csv_cell(name) for name in rows["image"]]
        for name in ("label", "predicted", "second", "suggested"):
            if name in rows:
                columns[name] = labels[rows[name].to_numpy()]
        for name in ("confidence", "label_confidence"):
            if name in rows:
                columns[name] = rows[name]
        return pd.DataFrame(columns)


def _with_pair(rows: pd.DataFrame, other: str) -> pd.DataFrame:
    """Rows with the pair of their true class and another column's class, the lower one first."""
    ends = rows[["label", other]].to_numpy()
    return rows.assign(class_1=ends.min(axis=1), class_2=ends.max(axis=1))


def of_tables(tables: Mapping[str, Table]) -> list[Confidence]:
    """Find the confidences in tables of predictions.

    Args:
        tables: Tables of predictions by file stem.

    Returns:
        Those of the runs whose table has confidences of test images.
    """
    known = []
    for table in tables.values():
        if "confidence" not in table.frame:
            continue
        images = table.frame[table.frame["split"] == "test"].dropna(axis=1, how="all")
        if len(images) and "confidence" in images:
            run = table.run["name"]
            known.append(Confidence(run, table.classes, images, is_numbered(table)))
    return known


def tables(confidences: Sequence[Confidence]) -> dict[str, pd.DataFrame]:
    """The tables of several runs for files, by name.

    Args:
        confidences: The confidences of the runs.

    Returns:
        `calibration` and `confidence`; {} without a run.
    """
    if not confidences:
        return {}
    return {
        "calibration": pd.concat(
            [each.calibration_table() for each in confidences], ignore_index=True
        ),
        "confidence": pd.concat([each.images_table() for each in confidences], ignore_index=True),
    }
