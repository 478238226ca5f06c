"""Decides which classes some runs have, and which class each of their labels stands for."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from interference.classes import WHOLE, Classes, in_order, shortened
from interference.errors import BadInput
from interference.external.class_names import to_classes
from interference.external.labels import Labels, canonical, lookalikes
from interference.external.prediction_columns import Rows
from interference.vocabulary import Array

POSITION = re.compile(r"[0-9]+(\.0*)?")  # of a name, also if a program wrote 2 as 02 or as 2.0
FRACTION = re.compile(r"-?[0-9]*\.[0-9]*[1-9][0-9]*(e-?[0-9]+)?")


class UnknownClass(BadInput):
    """A label that is not among the class names."""


@dataclass(frozen=True)
class Numbers:
    """The class numbers of the labels of a run.

    Attributes:
        label: The class number of each of the `texts` of the true classes.
        predicted: The class number of each of the `texts` of the predicted classes.
        notes: Assumptions that were made, a sentence each.
        second: The class number of each of the `texts` of the second best classes, None if they
            are not known.
    """

    label: Array
    predicted: Array
    notes: Sequence[str]
    second: Array | None = None


def number_labels(
    runs: Mapping[str, Rows], given: Classes | Sequence[str | int] | None, least: int = 2
) -> tuple[Classes, dict[str, Numbers]]:
    """Find the classes of some runs and the class numbers of their labels.

    Args:
        runs: The rows by run.
        given: The class names in label order. None for the names in the first file that holds some,
            else for the distinct labels of all runs.
        least: The smallest number of classes that is allowed.

    Returns:
        The classes, and the numbers by run.

    Raises:
        BadInput: A label is not among the names, or the two columns share no class and hold
            different things, or two runs have no class in common.
    """
    classes = _classes(runs, given, least)
    lookup = Lookup(classes)
    if lookup.has_numbers:
        lookup = lookup.decided([rows for rows in runs.values() if not rows.meta])
    numbers = {}
    for name, rows in runs.items():
        notes: list[str] = []
        label = lookup.find(rows, rows.label, "label", notes)
        predicted = lookup.find(rows, rows.predicted, "predicted", notes)
        second = None if rows.second is None else _second(lookup, rows, rows.second, notes)
        if not rows.meta:
            notes += _notes_on_spelling(rows, classes)
        numbers[name] = Numbers(label, predicted, notes, second)
    return classes, numbers


# Which classes there are


def _classes(
    runs: Mapping[str, Rows], given: Classes | Sequence[str | int] | None, least: int
) -> Classes:
    if given is not None:
        return to_classes(given)
    for rows in runs.values():
        if rows.meta:
            return Classes(tuple(rows.meta["classes"]), tuple(rows.meta["labels"]))
    sources = ", ".join(dict.fromkeys(rows.source for rows in runs.values()))
    listed = _unique(text for column in _columns(runs.values()) for text in column.listed)
    if listed:
        labels = _with_others(listed, runs)
    else:
        for rows in runs.values():
            _check_shared(rows)
        _check_runs_share(runs)
        labels = in_order(_unique(_texts(runs.values())))
    try:
        return to_classes(labels, least)
    except BadInput as error:
        raise BadInput(f"{sources}: label and predicted: {error}") from error


def _columns(runs: Collection[Rows]) -> Iterator[Labels]:
    for rows in runs:
        yield rows.label
        yield rows.predicted


def _texts(runs: Collection[Rows]) -> Iterator[str]:
    for column in _columns(runs):
        yield from column.texts


def _unique(texts: Iterator[str]) -> list[str]:
    """The texts in their order, each once; the first spelling stands for its Unicode forms."""
    spelling: dict[str, str] = {}
    for text in texts:
        spelling.setdefault(canonical(text), text)
    return list(spelling.values())


def _with_others(listed: Sequence[str], runs: Mapping[str, Rows]) -> list[str]:
    """The names that files list, and behind them the other labels."""
    names = {canonical(name) for name in listed}
    others: list[str] = []
    for rows in runs.values():
        for column in (rows.label, rows.predicted):
            texts = [text for text in column.texts if canonical(text) not in names]
            if not texts or _are_positions(column.texts, len(listed)):
                continue
            if len(texts) == len(column.texts):
                raise BadInput(
                    f"{rows.source}: label and predicted: found no class in both: "
                    f"{shortened(listed)}; and {shortened(column.texts)}; give the class names in "
                    "label order (--classes) if numbers stand for them"
                )
            others += texts
    return [*listed, *in_order(_unique(iter(others)))]


def _are_positions(texts: Sequence[str], size: int) -> bool:
    """Whether all labels are whole numbers from 0 to `size` - 1."""
    return all(POSITION.fullmatch(text) and float(text) < size for text in texts)


def _check_shared(rows: Rows) -> None:
    """Raise `BadInput` if no class is in both columns and they seem to hold different things."""
    label = {canonical(text) for text in rows.label.texts}
    predicted = {canonical(text) for text in rows.predicted.texts}
    if label & predicted:
        return
    where = f"{rows.source}: label and predicted"
    both = f"(label {_some(label)}; predicted {_some(predicted)})"
    numbers = [sum(bool(WHOLE.fullmatch(text)) for text in texts) for texts in (label, predicted)]
    sizes = [len(label), len(predicted)]
    if any(FRACTION.fullmatch(text) for text in predicted):
        raise BadInput(
            f"{where}: found no class in both {both}, allowed: classes; if they are scores of the "
            "second class, give --threshold 0.5"
        )
    if lookalikes([*label, *predicted]):
        raise BadInput(
            f"{where}: found no class in both, since they are spelled in two ways {both}; write "
            "them alike, or give the class names in label order (--classes)"
        )
    if numbers in ([sizes[0], 0], [0, sizes[1]]):
        raise BadInput(
            f"{where}: found names and numbers {both}, allowed: one of them, unless the classes "
            "are named in label order (--classes)"
        )


def _some(texts: Collection[str]) -> str:
    return shortened(in_order(texts))


def _check_runs_share(runs: Mapping[str, Rows]) -> None:
    """Raise `BadInput` if two runs have no class in common."""
    texts = {name: {canonical(text) for text in _texts([rows])} for name, rows in runs.items()}
    for first, second in combinations(texts, 2):
        if texts[first].isdisjoint(texts[second]):
            raise BadInput(
                f"{runs[first].source}, {runs[second].source}: label and predicted: found no class "
                "in both, allowed: runs of the same classes, unless they are named in label order"
            )


# Which class a label stands for


class Lookup:
    """Finds the number of the class that a label stands for.

    A label is a name, or else a whole number that counts the names from 0. A column holds one of
    the two.

    Args:
        classes: The classes.
        by: `name` or `number` for all columns; None to decide column by column.
    """

    def __init__(self, classes: Classes, by: str | None = None) -> None:
        self.classes = classes
        self.by = by
        self.numbers = {canonical(label): n for n, label in enumerate(classes.labels)}
        self.has_numbers = any(WHOLE.fullmatch(label) for label in classes.labels)

    def decided(self, runs: Collection[Rows]) -> "Lookup":
        """Decide for all columns of some runs at once, where a number may be a name as well."""
        texts = _unique(_texts(runs))
        by_name = all(self.number_of_name(text) is not None for text in texts)
        by_number = all(text.isdecimal() and str(int(text)) == text for text in texts)
        return Lookup(self.classes, "number" if by_number and not by_name else "name")

    def find(self, rows: Rows, column: Labels, key: str, notes: list[str]) -> Array:
        """Find the class numbers of the distinct labels of a column.

        Args:
            rows: The rows of the column, for errors.
            column: The column.
            key: `label` or `predicted`.
            notes: Takes up a sentence if numbers count the names.

        Returns:
            (texts,) int64.

        Raises:
            BadInput: A label is not among the classes.
        """
        numbers = [self.number_of_name(text) for text in column.texts]
        if self.by != "number" and None not in numbers:
            return np.array(numbers, np.int64)
        positions = [self._position(text) for text in column.texts]
        if self.by != "name" and None not in positions:
            if key == "predicted" and rows.scores not in (0, len(self.classes)):
                raise BadInput(
                    f"{rows.source}: classes: found {len(self.classes)} names for {rows.scores} "
                    "scores in a row, allowed: a name for each score"
                )
            note = f"whole numbers count the class names from 0, 0 is {self.classes.labels[0]}"
            if note not in notes:
                notes.append(note)
            return np.array(positions, np.int64)
        wrong = positions if _are_positions(column.texts, 2**31) and self.by != "name" else numbers
        raise self._unknown(rows, column.texts[wrong.index(None)], key)

    def number_of_name(self, text: str) -> int | None:
        """The number of the class of this label, key or alias; None if there is no such class."""
        number = self.numbers.get(canonical(text))
        if number is None and not WHOLE.fullmatch(text) and self.classes.has(text):
            return self.classes.index(text)
        return number

    def _position(self, text: str) -> int | None:
        """The number that a text writes, None if no class has it."""
        if not POSITION.fullmatch(text) or float(text) >= len(self.classes):
            return None
        return int(float(text))

    def _unknown(self, rows: Rows, text: str, key: str) -> BadInput:
        shown = text if WHOLE.fullmatch(text) else repr(text)
        names = f"the names {shortened(self.classes.labels)}"
        if self.by == "name":
            return UnknownClass(f"{rows.source}: {key}: found {shown}, allowed: {names}")
        return UnknownClass(
            f"{rows.source}: {key}: found {shown}, allowed: 0 to {len(self.classes) - 1}, "
            f"or {names}"
        )


def _second(lookup: Lookup, rows: Rows, column: Labels, notes: list[str]) -> Array:
    """The class numbers of the second best classes."""
    try:
        return lookup.find(rows, column, "second", notes)
    except UnknownClass as error:
        raise UnknownClass(
            f"{error}; if the column holds something else, give --second none"
        ) from error


# Notes


def _notes_on_spelling(rows: Rows, classes: Classes) -> Iterator[str]:
    """Sentences about labels that are spelled in several ways."""
    texts = list(dict.fromkeys(_texts([rows])))
    merged: dict[str, list[str]] = {}
    for text in texts:
        merged.setdefault(canonical(text), []).append(text)
    forms = [text for text, spellings in merged.items() if len(spellings) > 1]
    if forms:
        yield (f"labels in two Unicode forms that look the same are one class: {shortened(forms)}")
    names = {canonical(label) for label in classes.labels}
    groups = [group for group in lookalikes(list(merged)) if set(group) <= names]
    if groups:
        pairs = [" and ".join(repr(text) for text in group) for group in groups]
        yield f"labels that look alike are different classes: {shortened(pairs)}"
