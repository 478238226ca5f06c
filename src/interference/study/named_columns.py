"""Columns of class numbers as names, and of texts as cells that a spreadsheet does not run."""

from collections.abc import Iterable

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
