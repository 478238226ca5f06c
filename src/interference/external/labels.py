"""Columns of class labels as texts, which keep the spelling of the file.

Only white space is normalised. A whole number stays a text here (`007` is not `7`); which classes
the texts stand for is decided in `label_numbers`.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from interference.errors import BadInput
from interference.external.class_names import class_text, normalise_spaces
from interference.io import metadata
from interference.vocabulary import Array

TRUTH_VALUES = {"true": "1", "false": "0"}
MISSING = "-1"  # what Hugging Face's ClassLabel writes for an image without a label


@dataclass(frozen=True)
class Labels:
    """The labels of n rows.

    Attributes:
        texts: The distinct labels that occur.
        codes: (n,) int, for each row the position of its label in `texts`.
        listed: Class names in label order that come with the column: its categories, the names of
            a ClassLabel, or the columns of scores. Some may not occur.
    """

    texts: Sequence[str]
    codes: Array
    listed: Sequence[str] = ()


def read_labels(
    column: pa.ChunkedArray, where: str, schema: pa.Schema, name: str, place: Callable[[int], str]
) -> Labels:
    """Read a column of labels.

    Args:
        column: Texts, whole numbers or truth values, without empty rows.
        where: The file and the column, for errors.
        schema: The schema of its table, whose metadata may hold the class names.
        name: The name of the column in the schema.
        place: Names a row, counted from 0, for errors.

    Returns:
        The labels.

    Raises:
        BadInput: A row is blank, or its value is not a label, such as a list.
    """
    _check_type(column.type, where)
    has_categories = pa.types.is_dictionary(column.type)
    encoded = column if has_categories else column.dictionary_encode()
    array = encoded.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    values = array.dictionary.to_pylist()
    codes = np.asarray(array.indices.to_numpy(zero_copy_only=False))
    class_label = _class_label_names(schema, name)
    listed = tuple(class_label)
    if has_categories and (column.type.ordered or _is_categorical(schema, name)):
        listed = tuple(normalise_spaces(str(value)) for value in values)
    labels = _occurring(values, codes, where, place)
    if class_label:
        labels = _named(labels, class_label, where)
    return replace(labels, listed=listed)


def _check_type(kind: pa.DataType, where: str) -> None:
    """Raise `BadInput` if a column holds no labels."""
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    if is_list(value):
        raise BadInput(
            f"{where}: found lists, allowed: a class in every row; if they are scores of the "
            "classes, name the column with --scores and the highest score is the prediction"
        )
    if pa.types.is_nested(value):
        raise BadInput(f"{where}: found {value}, allowed: texts or numbers")


def is_list(kind: pa.DataType) -> bool:
    """Whether a column holds lists."""
    checks = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(check(kind) for check in checks)


def _occurring(
    values: Sequence[Any], codes: Array, where: str, place: Callable[[int], str]
) -> Labels:
    """Labels from the distinct values of a column; values of the same text become one label."""
    occurs = np.bincount(codes, minlength=len(values)) > 0
    position: dict[str, int] = {}
    code_of_value = np.zeros(len(values), np.int64)
    for number in np.flatnonzero(occurs).tolist():
        text = class_text(values[number], where, _first_place(codes, number, place))
        code_of_value[number] = position.setdefault(text, len(position))
    return Labels(list(position), code_of_value[codes])


def _first_place(codes: Array, number: int, place: Callable[[int], str]) -> Callable[[], str]:
    """A function that names the first row with a code."""
    return lambda: place(int(np.argmax(codes == number)))


def _is_categorical(schema: pa.Schema, name: str) -> bool:
    """Whether pandas wrote the column as a categorical one, whose categories have an order."""
    encoded = (schema.metadata or {}).get(b"pandas")
    columns = json.loads(encoded).get("columns", []) if encoded else []
    return any(
        column.get("name") == name and column.get("pandas_type") == "categorical"
        for column in columns
    )


def _class_label_names(schema: pa.Schema, name: str) -> list[str]:
    """The names of a ClassLabel of Hugging Face's datasets, [] for any other column."""
    meta = metadata.decode(schema.metadata or {})
    return [normalise_spaces(text) for text in metadata.class_label_names(meta, name)]


def _named(labels: Labels, names: Sequence[str], where: str) -> Labels:
    """Labels of a ClassLabel, whose numbers stand for its names."""
    texts = []
    for text in labels.texts:
        if text == MISSING:
            raise BadInput(
                f"{where}: found -1, which stands for no label, allowed: 0 to {len(names) - 1}; "
                "leave out the images without a label"
            )
        if not (text.isdecimal() and int(text) < len(names)):
            raise BadInput(f"{where}: found {text}, allowed: 0 to {len(names) - 1}")
        texts.append(names[int(text)])
    return replace(labels, texts=texts)


# Texts of several columns


def with_numbers_for_truth_values(first: Labels, second: Labels) -> tuple[Labels, Labels]:
    """Write True and False as 1 and 0 if one column has truth values and the other 0 and 1.

    Args:
        first: A column of labels.
        second: Another column.

    Returns:
        The two columns; unchanged unless exactly one has truth values and the other only 0 and 1.
    """
    if _has_truth_values(first) and set(second.texts) <= {"0", "1"}:
        return _as_numbers(first), second
    if _has_truth_values(second) and set(first.texts) <= {"0", "1"}:
        return first, _as_numbers(second)
    return first, second


def _has_truth_values(labels: Labels) -> bool:
    return all(text.casefold() in TRUTH_VALUES for text in labels.texts)


def _as_numbers(labels: Labels) -> Labels:
    return replace(labels, texts=[TRUTH_VALUES[text.casefold()] for text in labels.texts])


def canonical(text: str) -> str:
    """The composed form (NFC) of a text: two texts that Unicode calls equal have the same."""
    return unicodedata.normalize("NFC", text)


def lookalikes(texts: Sequence[str]) -> list[list[str]]:
    """Find labels that are easily mistaken for each other: `7` and `007`, `cat` and `Cat`.

    Args:
        texts: Distinct labels.

    Returns:
        Groups of at least two labels, sorted.
    """
    groups: dict[str, list[str]] = {}
    for text in sorted(texts):
        groups.setdefault(_likeness(text), []).append(text)
    return [group for group in groups.values() if len(group) > 1]


def _likeness(text: str) -> str:
    """A text that is the same for labels that look alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    number = re.fullmatch(r"([+-]?)0*([0-9]+)(?:\.0*)?", folded)
    if number is None:
        return folded
    sign = "-" if number[1] == "-" else ""
    return sign + number[2]
