"""Columns of class numbers as names, and of texts as cells that a spreadsheet does not run."""

from collections.abc import Iterable, Sequence

import pandas as pd

from interference.classes import Classes
from interference.vocabulary import csv_cell


def with_names(frame: pd.DataFrame, columns: Iterable[str], classes: Classes) -> pd.DataFrame:
    """Put the names of classes in place of their numbers.

    Args:
        frame: The frame.
        columns: Its columns of label numbers; a negative number stands for no class.
        classes: The classes.

    Returns:
        A copy of the frame; no class is an empty text.
    """
    labels = classes.labels
    named = frame.copy()
    for column in columns:
        named[column] = [labels[number] if number >= 0 else "" for number in frame[column]]
    return named


def images_for_files(
    images: pd.DataFrame, columns: Sequence[str], classes: Classes, is_numbered: bool
) -> pd.DataFrame:
    """Prepare rows about images for files: with names of classes and safe cells.

    Args:
        images: The rows, with `index` and, if the images have files, `image`.
        columns: The columns of label numbers.
        classes: The classes.
        is_numbered: Whether `index` is the user's own number; otherwise it is left out.

    Returns:
        A new frame.
    """
    named = with_names(images, columns, classes)
    safe = with_safe_cells(named, [*columns, *named.columns.intersection(["image"])])
    return safe if is_numbered else safe.drop(columns="index")


def with_safe_cells(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Make texts safe in a CSV file, where a spreadsheet would run those that begin with `=`.

    Args:
        frame: The frame.
        columns: Its columns of texts.

    Returns:
        A copy of the frame.
    """
    safe = frame.copy()
    for column in columns:
        safe[column] = [csv_cell(text) for text in frame[column]]
    return safe
