"""The comparison of two runs: their shared test images, what changed, and the tables of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from interference.classes import Classes, pair
from interference.confusion import by_epoch
from interference.confusion import comparison as changes_of
from interference.errors import BadInput
from interference.io.tables import Table
from interference.study.matching import images_of_test, key_of
from interference.study.named_columns import images_for_files, with_names, with_safe_cells
from interference.vocabulary import Array

Row = Mapping[Any, Any]  # a row of `Comparison.kinds`

CELL = ("label", "predicted")  # columns of class numbers
MENDED = "mended"
BROKEN = "broken"
MOVED = "moved"  # another error than before
UNPAIRED = (
    "the images of {before} and {after} cannot be matched, so they are compared as different "
    "images; a column `index` or `image` in both files matches them"
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """How the errors of a run differ from those of a reference.

    Attributes:
        before: The name of the reference.
        after: The name of the run that is compared with it.
        classes: The classes.
        kinds: A row for all images, each class, pair and cell, with the columns of
            `confusion.comparison.of_images`.
        images: A row for each shared image whose prediction changed: `index`, its file `image` if
            that is known, `label`, `before`, `after` and `change`, one of `MENDED`, `BROKEN` and
            `MOVED`. Images of the largest findings come first. Empty for unmatched images.
        is_paired: Whether the images are matched.
        is_numbered: Whether `index` is the user's own number of the image.
        notes: Sentences on images that are not compared, and on images that are not matched.
    """

    before: str
    after: str
    classes: Classes
    kinds: pd.DataFrame
    images: pd.DataFrame
    is_paired: bool
    is_numbered: bool
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Row:
        """The row for all images."""
        return dict(self.kinds.iloc[0])

    @property
    def family(self) -> int:
        """The number of classes, pairs and cells that are tested together."""
        return int(self.kinds["p_holm"].notna().sum()) - 1

    @property
    def findings(self) -> pd.DataFrame:
        """The classes, pairs and cells that differ beyond chance, the largest change first.

        A cell is left out if its pair is a finding in the same direction, or if its errors are all
        errors of its class.
        """
        kinds = self.kinds.iloc[1:]
        significant = kinds[kinds["p_holm"] < changes_of.LEVEL]
        is_cell = (significant["level"] == changes_of.CELL).to_numpy()
        is_told = _is_told_by_pair(significant) | _is_told_by_class(significant)
        return _largest_first(significant[~(is_cell & is_told)])

    def cells_of(self, first: int, second: int) -> list[Row]:
        """The rows of the two cells of a pair; a cell without an error has none."""
        cells = self.kinds[self.kinds["level"] == changes_of.CELL]
        rows: list[Row] = []
        for label, predicted in ((first, second), (second, first)):
            is_cell = (cells["label"] == label) & (cells["predicted"] == predicted)
            rows += cells[is_cell].to_dict("records")
        return rows

    def name(self, row: Row) -> str:
        """The name of a row of `kinds`: `all images`, `cat`, `cat-dog`, or `cat as dog`."""
        level = row["level"]
        if level == changes_of.TOTAL:
            return "all images"
        label = self.classes.labels[row["label"]]
        if level == changes_of.CLASS:
            return label
        predicted = self.classes.labels[row["predicted"]]
        if level == changes_of.PAIR:
            return pair(label, predicted)
        return f"{label} as {predicted}"

    def position(self, name: str) -> int | None:
        """Find the row of `kinds` that a user names.

        Args:
            name: `all`, a class, or a pair such as `CAT-DOG`: labels or keys of classes.

        Returns:
            The position; None if no image of the class, or no error of the pair, is known.

        Raises:
            BadInput: There is no such class or pair.
        """
        level, first, second = self._place(name)
        kinds = self.kinds
        is_row = kinds["level"] == level
        is_row &= (kinds["label"] == first) & (kinds["predicted"] == second)
        places = np.flatnonzero(is_row)
        return int(places[0]) if len(places) else None

    def _place(self, name: str) -> tuple[str, int, int]:
        """The level of a row that a user names, and its one or two label numbers."""
        nothing = changes_of.NO_CLASS
        numbers: dict[str, int] = {}
        for number, (key, label) in enumerate(
            zip(self.classes.keys, self.classes.labels, strict=True)
        ):
            numbers.setdefault(key, number)
            numbers[label] = number
        if name in numbers:
            return changes_of.CLASS, numbers[name], nothing
        if name == "all":
            return changes_of.TOTAL, nothing, nothing
        for place, sign in enumerate(name):
            ends = name[:place], name[place + 1 :]
            if sign in "-\N{EN DASH}" and all(end in numbers for end in ends):
                first, second = sorted(numbers[end] for end in ends)
                if first != second:
                    return changes_of.PAIR, first, second
        raise BadInput(
            f"found {name!r}, allowed: all, a class or a pair of classes, such as "
            f"{'-'.join(self.classes.labels[:2])}"
        )

    def to_frame(self) -> pd.DataFrame:
        """The rows of `kinds` with the names of classes in place of their numbers."""
        return with_names(self.kinds, CELL, self.classes)

    def kinds_table(self) -> pd.DataFrame:
        """The rows of `to_frame`, for files."""
        return with_safe_cells(self.to_frame(), CELL)

    def images_table(self) -> pd.DataFrame:
        """The rows of `images` with the names of classes, for files."""
        columns = ("label", "before", "after")
        return images_for_files(self.images, columns, self.classes, self.is_numbered)


def compare(before: tuple[Table, Table | None], after: tuple[Table, Table | None]) -> Comparison:
    """Compare a run with a reference.

    Args:
        before: The cctm table of the reference and its predictions table, None if its images are
            not known.
        after: The same tables of the run.

    Returns:
        The comparison: image by image on the test images that both predict, or of their counts if
        the images of a run are not known.

    Raises:
        BadInput: The runs have no image in common, or an image has another true class in each.
    """
    counts = [by_epoch.test_counts(cctm) for cctm, _ in (before, after)]
    classes = before[0].classes
    names = str(before[0].run["name"]), str(after[0].run["name"])
    first, second = before[1], after[1]
    key = key_of([first, second])
    if first is None or second is None or key is None:
        kinds = _sorted_kinds(changes_of.of_counts(*counts))
        note = UNPAIRED.format(before=names[0], after=names[1])
        images = pd.DataFrame(columns=["index", "label", "before", "after", "change"])
        return Comparison(*names, classes, kinds, images, False, True, (note,))
    shared = _shared_images(first, second, key, names)
    labels, predicted, predicted_after = (
        shared[name].to_numpy(np.int64) for name in ("label", "before", "after")
    )
    kinds = _sorted_kinds(changes_of.of_images(labels, predicted, predicted_after, len(classes)))
    comparison = Comparison(
        *names,
        classes,
        kinds,
        _changed(shared),
        True,
        key == "index",
        _left_out(names, [int(matrix.sum()) for matrix in counts], len(shared)),
    )
    return _with_findings_first(comparison)


def of_runs(tables: Mapping[str, Mapping[str, Table]], before: str, after: str) -> Comparison:
    """Compare two of several runs.

    Args:
        tables: Tables by kind and run.
        before: The name of the reference.
        after: The name of the run that is compared with it.

    Returns:
        The comparison.

    Raises:
        BadInput: A run has no test images, or the two cannot be compared.
    """
    for name in (before, after):
        if name not in tables["cctm"]:
            raise BadInput(f"{name}: no test images, allowed: runs with images of the split test")
    predictions = tables["predictions"]
    return compare(
        (tables["cctm"][before], predictions.get(before)),
        (tables["cctm"][after], predictions.get(after)),
    )


def of_two_runs(
    tables: Mapping[str, Mapping[str, Table]], names: Sequence[str]
) -> tuple[Comparison | None, list[str]]:
    """Compare the second of two runs with the first.

    Args:
        tables: Tables by kind and run.
        names: The names of all runs.

    Returns:
        The comparison, None unless there are exactly two runs that can be compared; and a line that
        says why two runs cannot be compared.
    """
    if len(names) != 2:
        return None, []
    try:
        return of_runs(tables, *names), []
    except BadInput as error:
        return None, [f"not compared: {error}"]


def _shared_images(first: Table, second: Table, key: str, names: tuple[str, str]) -> pd.DataFrame:
    """The test images that both runs predict, with the predictions `before` and `after`.

    Images are the same if their `key` is, the column `index` or `image`.
    """
    parts = [images_of_test(table) for table in (first, second)]
    shared = parts[0].merge(parts[1], on=key, suffixes=("", "_after"))
    if not len(shared):
        examples = [part[key].head(3).tolist() for part in parts]
        raise BadInput(
            f"{names[0]} and {names[1]}: share no test image (found for example "
            f"{_listed(examples[0])} and {_listed(examples[1])}), allowed: predictions of the same "
            "images under the same `index` or `image`"
        )
    differs = shared[shared["label"] != shared["label_after"]]
    if len(differs):
        row = differs.iloc[0]
        labels = [first.classes.labels[row[name]] for name in ("label", "label_after")]
        image = row.get("image", f"image {row['index']}")
        raise BadInput(
            f"{names[0]} and {names[1]}: {image} is {labels[0]} in the one and {labels[1]} in the "
            f"other, as are {len(differs):,} of {len(shared):,} shared images, allowed: the same "
            "true class; check that `index` or `image` names the same images in both"
        )
    shared = shared.rename(columns={"predicted": "before", "predicted_after": "after"})
    columns = [name for name in ("index", "image", "label", "before", "after") if name in shared]
    return shared[columns].sort_values("index", ignore_index=True)


def _listed(images: list[int] | list[str]) -> str:
    return ", ".join(map(str, images)) or "none"


def _changed(shared: pd.DataFrame) -> pd.DataFrame:
    """The shared images whose prediction changed, with the kind of the change."""
    changed = shared[shared["before"] != shared["after"]].reset_index(drop=True)
    change = np.select(
        [changed["after"] == changed["label"], changed["before"] == changed["label"]],
        [MENDED, BROKEN],
        MOVED,
    )
    return changed.assign(change=change)


def _with_findings_first(comparison: Comparison) -> Comparison:
    """The comparison with the images of the largest findings before all others."""
    ranks: dict[tuple[int, int], int] = {}
    for place, row in enumerate(comparison.findings.to_dict("records")):
        if row["level"] != changes_of.CLASS:
            ends = sorted((row["label"], row["predicted"]))
            ranks.setdefault((ends[0], ends[1]), place)
    images = comparison.images
    wrong = np.where(images["change"] == BROKEN, images["after"], images["before"])
    lower = np.minimum(images["label"], wrong)
    higher = np.maximum(images["label"], wrong)
    last = len(ranks) + len(comparison.findings)
    rank = [ranks.get(both, last) for both in zip(lower, higher, strict=True)]
    order = np.argsort(rank, kind="stable")
    sorted_images = images.iloc[order].reset_index(drop=True)
    return Comparison(**{**vars(comparison), "images": sorted_images})


def _left_out(names: tuple[str, str], sizes: list[int], shared: int) -> tuple[str, ...]:
    """A sentence on the images that only one of the runs predicts, if there are any."""
    alone = [size - shared for size in sizes]
    if not any(alone):
        return ()
    return (
        f"{shared:,} test images are in both; {alone[0]:,} of {names[0]} and {alone[1]:,} of "
        f"{names[1]} are not compared",
    )


def _is_told_by_pair(rows: pd.DataFrame) -> Array:
    """Whether the pair of a row is among the rows and changed in the same direction."""
    is_worse = rows["difference"] > 0
    ends = rows[["label", "predicted"]]
    directed = list(zip(ends.min(axis=1), ends.max(axis=1), is_worse, strict=True))
    is_pair = (rows["level"] == changes_of.PAIR).tolist()
    known = {change for change, is_known in zip(directed, is_pair, strict=True) if is_known}
    return np.array([change in known for change in directed], bool)


def _is_told_by_class(rows: pd.DataFrame) -> Array:
    """Whether the class of a row is among the rows and has the same errors."""
    errors = list(zip(rows["label"], rows["before"], rows["after"], strict=True))
    is_class = (rows["level"] == changes_of.CLASS).tolist()
    known = {change for change, is_known in zip(errors, is_class, strict=True) if is_known}
    return np.array([change in known for change in errors], bool)


def _sorted_kinds(columns: dict[str, Array]) -> pd.DataFrame:
    """The columns as a frame: within each level, the largest change first."""
    frame = pd.DataFrame(columns)
    levels = [changes_of.TOTAL, changes_of.CLASS, changes_of.PAIR, changes_of.CELL]
    parts = [_largest_first(frame[frame["level"] == level]) for level in levels]
    return pd.concat(parts, ignore_index=True)


def _largest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by the change of their errors, in images, the largest first."""
    change = (rows["difference"] * rows["images"]).abs()
    order = np.argsort(-change.to_numpy(), kind="stable")
    return rows.iloc[order]


def accuracies(comparison: Comparison) -> tuple[float, float]:
    """The accuracies of both runs on the compared images, in percent."""
    total = comparison.total
    images_after = total.get("images_after", total["images"])
    before = 100 * (1 - total["before"] / total["images"])
    after = 100 * (1 - total["after"] / images_after)
    return float(before), float(after)
