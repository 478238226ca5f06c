"""How the errors of two classifiers differ: in all, of each class, of each pair and of each cell.

The first classifier is called *before*, the second *after*. An error of a cell (a, b) is an image
of class a that is predicted as b; an error of a pair is one of either of its two cells; an error of
a class is an image of it that is predicted as any other class. An image is *mended* if it is an
error before and right after, and *broken* if it is right before and an error after.

Classes, pairs and cells are one family of tests, which Holm's rule corrects. Fewer than `LEAST`
errors of a single classifier can never differ significantly, so these do not enter the family:
that number alone does not tell which classifier is better. The test of all images is not in it.
"""

from collections.abc import Mapping

import numpy as np

from interference.confusion import multiple_tests, paired_tests, statistics, unpaired_tests
from interference.vocabulary import Array, Columns

TOTAL = "total"
CLASS = "class"
PAIR = "pair"
CELL = "cell"
LEVEL = 0.05  # of each family of tests
LEAST = 6  # errors of one classifier alone: 2 x 0.5^6 is the first p-value below LEVEL
NO_CLASS = -1  # the label of a row about all images, and the prediction of a row about a class
PAIRED = ("mended", "broken", "both", "moved_out", "moved_in")  # columns that need matched images


def of_images(labels: Array, before: Array, after: Array, classes: int) -> Columns:
    """Compare the predictions of two classifiers image by image.

    Args:
        labels: (n,) the true classes.
        before: (n,) the classes that the first classifier predicts.
        after: (n,) the classes that the second predicts for the same images.
        classes: The number C of classes.

    Returns:
        Columns of equal length, a row for all images, for each class with images, and for each pair
        and cell with an error:

        * `level` (one of `TOTAL`, `CLASS`, `PAIR`, `CELL`), `label` and `predicted`: the class, the
          pair (lower label first) or the cell; `NO_CLASS` where there is none.
        * `images`: of the class, of both classes of the pair, or of the cell's true class.
        * `before`, `after`: the errors of each classifier.
        * `mended`, `broken`, and `both`: the same error twice, or for a class any two errors.
        * `moved_out`, `moved_in`: errors of a pair or cell before (after) that are errors of
          another kind after (before).
        * `difference`, `low`, `high`: errors after less errors before in percent of the images,
          with the 95 % interval.
        * `p` of McNemar's exact test, and `p_holm` and `p_fdr`, corrected over the family; nan
          outside of it.
    """
    was_wrong = before != labels
    is_wrong = after != labels
    images = np.bincount(labels, minlength=classes)
    cells = _counted_cells(labels, before, after, classes)
    by_class = {
        "before": np.bincount(labels[was_wrong], minlength=classes),
        "after": np.bincount(labels[is_wrong], minlength=classes),
        "mended": np.bincount(labels[was_wrong & ~is_wrong], minlength=classes),
        "broken": np.bincount(labels[is_wrong & ~was_wrong], minlength=classes),
        "both": np.bincount(labels[was_wrong & is_wrong], minlength=classes),
    }
    columns = _rows(images, by_class, cells, classes)
    only_before = columns["before"] - columns["both"]
    only_after = columns["after"] - columns["both"]
    columns["moved_out"] = only_before - columns["mended"]
    columns["moved_in"] = only_after - columns["broken"]
    low, high = paired_tests.interval(only_after, only_before, columns["images"])
    columns |= {
        "difference": 100 * (only_after - only_before) / columns["images"],
        "low": 100 * low,
        "high": 100 * high,
        "p": paired_tests.mcnemar(only_before, only_after),
    }
    return columns | _corrected(columns, only_before + only_after)


def of_counts(before: Array, after: Array) -> Columns:
    """Compare the confusion counts of two classifiers whose images cannot be matched.

    Args:
        before: Confusion counts (C, C) of the first classifier, row = true class.
        after: Those of the second.

    Returns:
        Columns as `of_images` returns them, without those of `PAIRED`. `images` are those of the
        first classifier, `images_after` those of the second; `p` is that of Fisher's exact test,
        and the interval is Newcombe's.
    """
    classes = len(before)
    errors_before = before * ~np.eye(classes, dtype=bool)
    errors_after = after * ~np.eye(classes, dtype=bool)
    label, predicted = np.nonzero(errors_before + errors_after)
    cells = {
        "code": label * classes + predicted,
        "before": errors_before[label, predicted],
        "after": errors_after[label, predicted],
    }
    by_class = {"before": errors_before.sum(1), "after": errors_after.sum(1)}
    columns = _rows(before.sum(1), by_class, cells, classes)
    images_after = _images_of_rows(after.sum(1), columns)
    is_compared = (columns["images"] > 0) & (images_after > 0)
    columns = {name: values[is_compared] for name, values in columns.items()}
    images_after = images_after[is_compared]
    arguments = columns["after"], images_after, columns["before"], columns["images"]
    low, high = statistics.difference_interval(*arguments)
    rate_after = columns["after"] / images_after
    rate_before = columns["before"] / columns["images"]
    columns |= {
        "images_after": images_after,
        "difference": 100 * (rate_after - rate_before),
        "low": 100 * low,
        "high": 100 * high,
        "p": unpaired_tests.fisher(*arguments),
    }
    return columns | _corrected(columns, columns["before"] + columns["after"])


def worse(columns: Mapping[str, Array], rows: Array) -> tuple[Array, Array]:
    """Whether chosen rows of a comparison are worse after than before, beyond chance.

    The rows are a family of their own, since they are chosen before the data are seen.

    Args:
        columns: Columns, as `of_images` and `of_counts` return them.
        rows: (k,) the positions of the rows.

    Returns:
        Whether each is worse (k,), and its p-value (k,), corrected over these rows by Holm's rule.
    """
    p = multiple_tests.holm(columns["p"][rows])
    is_worse = (columns["difference"][rows] > 0) & (p < LEVEL)
    return is_worse, p


def _counted_cells(labels: Array, before: Array, after: Array, classes: int) -> Columns:
    """The errors of every cell that has any, with `code`, the number of the cell row by row."""
    code_before = labels * classes + before
    code_after = labels * classes + after
    was_wrong = before != labels
    is_wrong = after != labels
    groups = {
        "before": code_before[was_wrong],
        "after": code_after[is_wrong],
        "mended": code_before[was_wrong & ~is_wrong],
        "broken": code_after[is_wrong & ~was_wrong],
        "both": code_before[was_wrong & (before == after)],
    }
    code = np.unique(np.concatenate([groups["before"], groups["after"]]))
    cells = {"code": code}
    for name, codes in groups.items():
        place = np.searchsorted(code, codes)
        cells[name] = np.bincount(place, minlength=len(code))
    return cells


def _rows(
    images: Array, by_class: Mapping[str, Array], cells: Mapping[str, Array], classes: int
) -> Columns:
    """The counts of all images, of each class with images, and of each pair and cell.

    Args:
        images: (C,) the images of each class.
        by_class: Counts (C,) by name.
        cells: Counts of the cells by the same names, and `code`.
        classes: The number C of classes.
    """
    label = cells["code"] // classes
    predicted = cells["code"] % classes
    pair_code = np.minimum(label, predicted) * classes + np.maximum(label, predicted)
    pairs, pair_of_cell = np.unique(pair_code, return_inverse=True)
    known = np.flatnonzero(images)
    columns = {
        "level": np.repeat([TOTAL, CLASS, PAIR, CELL], [1, len(known), len(pairs), len(label)]),
        "label": np.concatenate([[NO_CLASS], known, pairs // classes, label]),
        "predicted": np.concatenate(
            [[NO_CLASS], np.full(len(known), NO_CLASS), pairs % classes, predicted]
        ),
    }
    columns["images"] = _images_of_rows(images, columns)
    for name, counts in by_class.items():
        of_pairs = np.zeros(len(pairs), np.int64)
        np.add.at(of_pairs, pair_of_cell, cells[name])
        columns[name] = np.concatenate([[counts.sum()], counts[known], of_pairs, cells[name]])
    return columns


def _images_of_rows(images: Array, columns: Mapping[str, Array]) -> Array:
    """The images of each row: all, those of its class, or those of both classes of its pair."""
    of_label = images[columns["label"]]
    of_both = of_label + images[columns["predicted"]]
    level = columns["level"]
    return np.select([level == TOTAL, level == PAIR], [images.sum(), of_both], of_label)


def _corrected(columns: Mapping[str, Array], telling: Array) -> Columns:
    """The corrected p-values of all rows, from the errors (rows,) that tell the two apart."""
    p = columns["p"]
    is_total = columns["level"] == TOTAL
    in_family = ~is_total & (telling >= LEAST)
    p_holm = np.where(is_total, p, np.nan)
    p_fdr = np.where(is_total, p, np.nan)
    p_holm[in_family] = multiple_tests.holm(p[in_family])
    p_fdr[in_family] = multiple_tests.false_discovery(p[in_family])
    return {"p_holm": p_holm, "p_fdr": p_fdr}
