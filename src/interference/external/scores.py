"""Predictions from scores of the classes: the highest score, a threshold, or the K highest."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from shlex import quote

import numpy as np
import pyarrow as pa

from interference.errors import BadInput
from interference.external.class_names import normalise_spaces
from interference.external.labels import Labels, is_list
from interference.external.predictions_file import TableFile
from interference.vocabulary import Array

LISTED = 12  # columns of scores that an error lists; more are named by a pattern


@dataclass(frozen=True)
class Scores:
    """How scores become predictions.

    Attributes:
        columns: Names or patterns of the columns that hold the scores, such as `prob_*`: a column
            for each class, a column of lists, or for two classes a single column with the score of
            the second class.
        threshold: For two classes, the least score of the second class at which it is predicted;
            None to predict the class with the highest score.
        top: A prediction is right if the true class is among this many highest scores.
        are_probabilities: Whether the names of the columns promise probabilities.
    """

    columns: Sequence[str]
    threshold: float | None = None
    top: int = 1
    are_probabilities: bool = False


@dataclass(frozen=True)
class Predicted:
    """Predictions made of scores.

    Attributes:
        labels: The predicted classes; `listed` names the class of each score.
        best: (n, K) int, the positions of the K highest scores of each row; None if K is 1.
        is_scored: Whether the predictions were made of scores.
        values: (n, C) the scores, None if the predictions were not made of scores.
    """

    labels: Labels
    best: Array | None
    is_scored: bool = True
    values: Array | None = None


def score_columns(scores: Scores, columns: Sequence[str], source: str) -> list[str]:
    """Find the columns that hold scores.

    Args:
        scores: The names or patterns.
        columns: All columns of the table.
        source: The file, for errors.

    Returns:
        The columns in the order of the table.

    Raises:
        BadInput: A pattern fits no column.
    """
    names: set[str] = set()
    for pattern in scores.columns:
        fitting = [
            name for name in columns if name.strip() == pattern or fnmatchcase(name, pattern)
        ]
        if not fitting:
            raise BadInput(
                f"{source}: --scores: found {pattern!r}, allowed: names of columns, or a pattern "
                "such as 'prob_*'"
            )
        names.update(fitting)
    return [name for name in columns if name in names]


def options_for_scores(file: TableFile) -> str:
    """Suggest options that read the scores of a table without predicted classes.

    Args:
        file: The table.

    Returns:
        Such as `--scores prob_neg,prob_pos`; an empty text if no column may hold scores.
    """
    if len(set(file.columns)) < len(file.columns):
        return ""
    table = file.read(file.columns)
    lists = [name for name in file.columns if is_list(table[name].type)]
    if lists:
        return f"--scores {quote(lists[0].strip())}"
    names = [name for name in file.columns if _has_fractions(table[name])]
    if not names:
        return ""
    if len(names) > LISTED:
        pattern = f"{_shared_start(names)}*"
        fitting = [name for name in file.columns if fnmatchcase(name, pattern)]
        if fitting == names:
            return f"--scores {quote(pattern)}"
    columns = quote(",".join(name.strip() for name in names))
    return f"--scores {columns}" + (" --threshold 0.5" if len(names) == 1 else "")


def _has_fractions(column: pa.ChunkedArray) -> bool:
    """Whether a column holds numbers only, and some that are not whole."""
    decoded = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    if not (pa.types.is_floating(decoded.type) or pa.types.is_string(decoded.type)):
        return False
    try:
        values = decoded.cast(pa.float64()).drop_null().to_numpy()
    except pa.ArrowException:
        return False
    return bool((values[np.isfinite(values)] % 1 != 0).any())


def predict(
    scores: Scores,
    table: pa.Table,
    columns: Sequence[str],
    source: str,
    place: Callable[[int], str],
) -> Predicted:
    """Predict a class for every row.

    Args:
        scores: How scores become predictions.
        table: The table.
        columns: Its columns of scores.
        source: The file, for errors.
        place: Names a row, counted from 0, for errors.

    Returns:
        The predictions. The class of a score is the end of its column's name (`cat` for
        `prob_cat`), or a number from 0.

    Raises:
        BadInput: A score is missing or not a number, or the number of scores does not fit the
            threshold or K.
    """
    values = score_values(table, columns, source, place)
    size = max(values.shape[1], 2)
    if scores.threshold is not None and values.shape[1] > 2:
        raise BadInput(
            f"{source}: --threshold: found {values.shape[1]} scores in a row, allowed: scores of "
            "two classes, or leave out --threshold to predict the class with the highest score"
        )
    if scores.threshold is None and values.shape[1] < 2:
        raise BadInput(
            f"{source}: {columns[0]}: found one score in a row, allowed: with --threshold, the "
            "score from which the second class is predicted"
        )
    if not 1 <= scores.top < size:
        raise BadInput(f"{source}: --top-k: found {scores.top}, allowed: 1 to {size - 1}")
    names = _class_names(columns) if len(columns) > 1 else [str(number) for number in range(size)]
    if scores.threshold is None:
        codes = values.argmax(1)  # (n,)
    else:
        codes = (values[:, -1] >= scores.threshold).astype(np.int64)
    best = None
    if scores.top > 1:
        best = np.argpartition(-values, scores.top - 1, axis=1)[:, : scores.top]
    return Predicted(Labels(names, codes, names), best, values=values)


def score_values(
    table: pa.Table, columns: Sequence[str], source: str, place: Callable[[int], str]
) -> Array:
    """Read the scores of a table.

    Args:
        table: The table.
        columns: Its columns of scores, or its column of lists.
        source: The file, for errors.
        place: Names a row, counted from 0, for errors.

    Returns:
        The scores (n, C) float64.

    Raises:
        BadInput: A score is missing or not a number.
    """
    if len(columns) == 1 and is_list(table[columns[0]].type):
        values = _list_values(table[columns[0]], f"{source}: {columns[0]}", place)
    else:
        values = np.stack([_numbers(table[name], f"{source}: {name}") for name in columns], axis=1)
    missing = np.isnan(values).any(1)
    if missing.any():
        row = int(np.argmax(missing))
        name = columns[int(np.argmax(np.isnan(values[row]))) if len(columns) > 1 else 0]
        raise BadInput(
            f"{source}: scores, {place(row)}: empty or nan in {name.strip()}, allowed: numbers in "
            "every row"
        )
    return values


def _list_values(column: pa.ChunkedArray, where: str, place: Callable[[int], str]) -> Array:
    """The scores (n, C) of a column of lists."""
    rows = column.to_pylist()
    lengths = [len(row or []) for row in rows]
    if min(lengths) != max(lengths) or not lengths[0]:
        row = next(number for number, length in enumerate(lengths) if length != max(lengths))
        raise BadInput(
            f"{where}, {place(row)}: found {lengths[row]} scores, allowed: {max(lengths)}, as in "
            "the other rows"
        )
    try:
        return np.array(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{where}: found {column.type}, allowed: lists of numbers") from error


def _numbers(column: pa.ChunkedArray, where: str) -> Array:
    """The scores (n,) of a column of numbers, nan where it is empty."""
    decoded = column
    if pa.types.is_dictionary(column.type):
        decoded = column.cast(column.type.value_type)
    try:
        return np.asarray(decoded.cast(pa.float64()).to_numpy(), np.float64)
    except (pa.ArrowException, ValueError) as error:
        cause = str(error).splitlines()[0]
        raise BadInput(f"{where}: allowed: numbers, the scores of a class ({cause})") from error


def _class_names(columns: Sequence[str]) -> list[str]:
    """The classes that columns of scores stand for: `cat` and `dog` for `prob_cat`, `prob_dog`."""
    names = [name.strip() for name in columns]
    numbers = [re.search(r"[0-9]+$", name) for name in names]
    if all(numbers):
        return [number[0] for number in numbers if number]
    prefix = re.match(r".*[^0-9A-Za-z]", _shared_start(names))
    length = len(prefix[0]) if prefix else 0
    return [normalise_spaces(name[length:]) or name for name in names]


def _shared_start(names: Sequence[str]) -> str:
    """The text with which all of several different names begin."""
    length = 0
    while len({name[: length + 1] for name in names}) == 1:
        length += 1
    return names[0][:length]
