"""The errors that several runs share on their common test images: data or training?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import pandas as pd

from interference.classes import Classes, pair
from interference.confusion import comparison as changes_of
from interference.confusion import overlap as overlap_of
from interference.confusion.overlap import Excess, Parts
from interference.io.tables import Table, data_set
from interference.study import runs
from interference.study.comparison import CELL, Row
from interference.study.matching import images_of_test, key_of
from interference.study.named_columns import images_for_files, with_names, with_safe_cells
from interference.vocabulary import Array

SAME = "repeats"  # pairs of runs that differ by their seed alone
OTHER = "other runs"  # all other pairs of runs


@dataclass(frozen=True, eq=False)
class Overlap:
    """The predictions of several runs on the test images that all of them predict.

    Attributes:
        runs: The names of the runs.
        classes: The classes.
        index: (n,) the number of each image.
        files: (n,) the file of each image; None if they are not known.
        labels: (n,) the true classes.
        predicted: (R, n) the predicted classes.
        repeats: (R, R) bool: the pairs of different runs that differ by their seed alone.
        is_numbered: Whether `index` is the user's own number of the image.
    """

    runs: tuple[str, ...]
    classes: Classes
    index: Array
    files: Sequence[str] | None
    labels: Array
    predicted: Array
    repeats: Array
    is_numbered: bool

    @cached_property
    def wrong(self) -> Array:
        """(R, n) bool: the errors of each run."""
        wrong: Array = self.predicted != self.labels
        return wrong

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """A row for all images, each class and each pair: see `confusion.overlap.shared_by_all`.

        Within each level, the most errors come first.
        """
        columns = overlap_of.shared_by_all(self.labels, self.predicted, len(self.classes))
        frame = pd.DataFrame(columns)
        rank = frame["level"].map({changes_of.TOTAL: 0, changes_of.CLASS: 1, changes_of.PAIR: 2})
        order = np.lexsort([-frame["errors"], rank])
        return frame.iloc[order].reset_index(drop=True)

    @cached_property
    def excess(self) -> Excess:
        """The overlap of errors over all pairs of runs."""
        return overlap_of.excess(self.labels, self.wrong, len(self.classes))

    @cached_property
    def excess_of(self) -> dict[str, tuple[int, Excess]]:
        """The number of pairs of runs that are repeats, and of others, with their overlaps.

        Empty unless there are pairs of both kinds.
        """
        others = ~self.repeats
        np.fill_diagonal(others, False)
        kinds = {SAME: self.repeats, OTHER: others}
        if not all(taken.any() for taken in kinds.values()):
            return {}
        classes = len(self.classes)
        return {
            name: (
                int(taken.sum()) // 2,
                overlap_of.excess(self.labels, self.wrong, classes, taken),
            )
            for name, taken in kinds.items()
        }

    @cached_property
    def parts(self) -> Parts:
        """The variance of the errors, split into classes, images and training."""
        return overlap_of.variance_parts(self.labels, self.wrong, len(self.classes))

    @cached_property
    def difficulty(self) -> pd.DataFrame:
        """A row for each number of `runs`: the `images` that so many mistake, and `expected`."""
        observed, expected = overlap_of.difficulty(self.labels, self.wrong, len(self.classes))
        return pd.DataFrame(
            {"runs": np.arange(len(observed)), "images": observed, "expected": expected}
        )

    @cached_property
    def images(self) -> pd.DataFrame:
        """A row for each image that a run mistakes, the hardest first.

        Columns: `index`, its file `image` if that is known, `label`, `runs` (how many mistake it),
        `of`, `predicted` (the wrong class that most of them choose, the lowest if several are) and
        `alike` (how many choose it).
        """
        errors = self.wrong.sum(0)
        hard = np.flatnonzero(errors)
        predicted, alike = self._most_chosen(hard)
        frame = pd.DataFrame(
            {
                "index": self.index[hard],
                "label": self.labels[hard],
                "runs": errors[hard],
                "of": len(self.runs),
                "predicted": predicted,
                "alike": alike,
            }
        )
        if self.files is not None:
            frame.insert(1, "image", [self.files[place] for place in hard.tolist()])
        order = np.lexsort([frame["index"], -frame["alike"], -frame["runs"]])
        return frame.iloc[order].reset_index(drop=True)

    def _most_chosen(self, hard: Array) -> tuple[Array, Array]:
        """The wrong class that most runs choose for some images, and how many choose it."""
        predicted = self.predicted[:, hard]
        wrong = self.wrong[:, hard]
        best = np.full(len(hard), -1)
        most = np.zeros(len(hard), np.int64)
        for own, errs in zip(predicted, wrong, strict=True):
            votes = ((predicted == own) & wrong).sum(0)
            is_better = errs & ((votes > most) | ((votes == most) & (own < best)))
            best = np.where(is_better, own, best)
            most = np.where(is_better, votes, most)
        return best, most

    def name(self, row: Row) -> str:
        """The name of a row of `kinds`: `all images`, `cat` or `cat-dog`."""
        if row["level"] == changes_of.TOTAL:
            return "all images"
        label = self.classes.labels[row["label"]]
        if row["level"] == changes_of.CLASS:
            return label
        return pair(label, self.classes.labels[row["predicted"]])

    def to_frame(self) -> pd.DataFrame:
        """The rows of `kinds` with the names of classes in place of their numbers."""
        return with_names(self.kinds, CELL, self.classes)

    def kinds_table(self) -> pd.DataFrame:
        """The rows of `to_frame`, for files."""
        return with_safe_cells(self.to_frame(), CELL)

    def images_table(self) -> pd.DataFrame:
        """The rows of `images` with the names of classes, for files."""
        return images_for_files(self.images, CELL, self.classes, self.is_numbered)


def of_runs(predictions: Mapping[str, Table]) -> Overlap | None:
    """Match the predictions of several runs by the number of the image, or else by its file.

    Images to which the runs give different true classes are left out.

    Args:
        predictions: The predictions table of each run whose images are known.

    Returns:
        The overlap; None unless two or more runs of one data set share test images.
    """
    tables = []
    rows = []
    for table in predictions.values():
        images = images_of_test(table).drop_duplicates("index")
        if len(images):
            tables.append(table)
            rows.append(images)
    if len(tables) < 2 or len({data_set(table.run) for table in tables}) > 1:
        return None
    key = key_of(tables)
    if key is None:
        return None
    rows = [part.set_index(key, drop=False).sort_index() for part in rows]
    common = reduce(pd.Index.intersection, [part.index for part in rows])
    rows = [part.loc[common] for part in rows]
    labels = np.stack([part["label"].to_numpy(np.int64) for part in rows])
    is_known = (labels == labels[0]).all(0)
    if not is_known.any():
        return None
    predicted = np.stack([part["predicted"].to_numpy(np.int64) for part in rows])
    files = rows[0]["image"][is_known].tolist() if "image" in rows[0] else None
    return Overlap(
        runs=tuple(str(table.run["name"]) for table in tables),
        classes=tables[0].classes,
        index=rows[0]["index"].to_numpy()[is_known],
        files=files,
        labels=labels[0, is_known],
        predicted=predicted[:, is_known],
        repeats=_repeats(tables),
        is_numbered=key == "index",
    )


def _repeats(tables: Sequence[Table]) -> Array:
    """Which pairs of runs differ by their seed alone (R, R)."""
    group = np.zeros(len(tables), int)
    names = [table.run["name"] for table in tables]
    for number, members in enumerate(runs.repeats(tables)):
        for table in members:
            group[names.index(table.run["name"])] = number
    is_known = np.array([bool(table.run["setup"]) for table in tables])
    repeats: Array = (group[:, None] == group) & is_known & ~np.eye(len(tables), dtype=bool)
    return repeats
