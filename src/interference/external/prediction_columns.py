"""Checks the columns of a table of predictions and sorts its rows by run.

A row is an image, or `count` images. The true and the predicted class are needed, the other columns
are optional.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from interference.classes import in_order, shortened
from interference.errors import BadInput
from interference.external import count_matrix, probabilities, subset_columns
from interference.external.column_names import (
    CLASSES,
    MEANINGS,
    Columns,
    displayed,
    has_classes,
    recognise,
)
from interference.external.labels import Labels, read_labels, with_numbers_for_truth_values
from interference.external.predictions_file import TableFile
from interference.external.scores import (
    Predicted,
    Scores,
    options_for_scores,
    predict,
    score_columns,
    score_values,
)
from interference.io.metadata import decode
from interference.io.tables import METADATA
from interference.vocabulary import SPLITS, UNKNOWN, Array

ABSENT = ("NA", "N/A", "#N/A", "n/a", "nan", "NaN", "null", "NULL")  # for unknown numbers
NUMBER = re.compile(r"-?[0-9]+(\.0*)?")
MOST_IMAGES = 2**53  # sums up to here are exact in float64
MAY_BE_EMPTY = ("loss_sum", "image")  # columns that may be empty in some rows
TESTS = ("test", "testing")
SPLIT_SYNONYMS = {  # in any case
    "val": "test",
    "valid": "test",
    "validation": "test",
    "dev": "test",
    "eval": "test",
    "evaluation": "test",
    "testing": "test",
    "training": "train",
}


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes:
        kind: The type of its values.
        most: The largest value that is allowed, None for any number.
        default: The value of all rows if the column is absent; None if it has no default.
    """

    kind: pa.DataType
    most: int | None
    default: float | None

    @property
    def allowed(self) -> str:
        """The numbers that are allowed, for an error."""
        return "numbers" if self.most is None else f"whole numbers from 0 to {self.most}"


NUMBERS = {  # the largest values are those that the written tables hold
    "epoch": Numbers(pa.int64(), 2**15 - 1, UNKNOWN),
    "index": Numbers(pa.int64(), 2**31 - 1, None),
    "count": Numbers(pa.int64(), MOST_IMAGES, 1),
    "loss_sum": Numbers(pa.float64(), None, np.nan),  # may be empty in some rows
    "confidence": Numbers(pa.float64(), None, None),
}


@dataclass(frozen=True)
class ColumnOptions:
    """What the user says about the columns of a table of predictions.

    Attributes:
        names: The names of columns by key of `column_names.MEANINGS`; `none` for no column.
        scores: How scores become predictions; None if the table holds predicted classes.
        subsets: Further columns, whose values divide the images into subsets; a file may lack them.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    scores: Scores | None = None
    subsets: Sequence[str] = ()


ALL_BY_NAME = ColumnOptions()  # the user names no column


@dataclass(frozen=True)
class Rows:
    """The n checked rows of a run.

    Attributes:
        source: The file of the rows, or the name of the run, for errors.
        run: The values of the column of runs, an empty text if there is no such column.
        meta: The metadata of a table of this package, {} for any other table.
        label: The true classes.
        predicted: The predicted classes.
        scores: The number of scores in a row, 0 if the classes are given.
        best: (n, K) the positions of the K highest scores in `predicted.texts`; None if only the
            true class is right.
        split: The splits.
        epoch: (n,) the epochs, `UNKNOWN` if there is no such column.
        count: (n,) the number of images.
        loss_sum: (n,) the summed losses in nats, nan if they are unknown.
        index: (n,) the number of the image within its split, None if there is no such column.
        confidence: (n,) the probability of the predicted class, None if there is no such column.
        image: (n,) the file of the image, None if there is no such column.
        second: The second best classes, None if there is no such column.
        probabilities: (n, k) float32, the probability of each score's class; None if it is unknown.
        notes: Omissions and assumptions, a sentence each.
        subsets: The subset of each row, by the column that gives it.
    """

    source: str
    run: Labels
    meta: Mapping[str, Any]
    label: Labels
    predicted: Labels
    scores: int
    best: Array | None
    split: Labels
    epoch: Array
    count: Array
    loss_sum: Array
    index: Array | None
    confidence: Array | None
    image: pa.StringArray | None
    second: Labels | None
    probabilities: Array | None
    notes: Sequence[str] = ()
    subsets: Mapping[str, Labels] = field(default_factory=dict)

    def select(self, chosen: Array) -> "Rows":
        """The rows for which a mask (n,) is true."""
        return replace(
            self,
            run=_selected(self.run, chosen),
            label=_selected(self.label, chosen),
            predicted=_selected(self.predicted, chosen),
            best=None if self.best is None else self.best[chosen],
            split=_selected(self.split, chosen),
            epoch=self.epoch[chosen],
            count=self.count[chosen],
            loss_sum=self.loss_sum[chosen],
            index=None if self.index is None else self.index[chosen],
            confidence=None if self.confidence is None else self.confidence[chosen],
            second=None if self.second is None else _selected(self.second, chosen),
            probabilities=None if self.probabilities is None else self.probabilities[chosen],
            image=None if self.image is None else self.image.filter(pa.array(chosen)),
            subsets={
                name: replace(labels, codes=labels.codes[chosen])
                for name, labels in self.subsets.items()
            },
        )


def _selected(labels: Labels, chosen: Array) -> Labels:
    """The labels of some rows; texts that no longer occur are dropped."""
    codes = labels.codes[chosen]
    occurs = np.bincount(codes, minlength=len(labels.texts)) > 0
    texts = [text for text, used in zip(labels.texts, occurs, strict=True) if used]
    position = np.cumsum(occurs) - 1
    return replace(labels, texts=texts, codes=position[codes])


def checked_runs(file: TableFile, options: ColumnOptions) -> list[Rows]:
    """Check the columns of a table of predictions.

    Args:
        file: The table; columns that are not recognised are ignored.
        options: What the user says about its columns.

    Returns:
        Its rows, one element for each run; a single one unless there is a column of runs.

    Raises:
        BadInput: A column is missing, there twice, empty in some row, or holds a value that is
            not allowed; or an image is predicted twice in an epoch.
    """
    notes: list[str] = []
    is_named = bool(set(CLASSES) & options.names.keys())
    is_matrix = not is_named and not has_classes(file.columns) and count_matrix.is_matrix(file)
    if is_matrix:
        file, note = count_matrix.as_rows(file)
        notes.append(note)
    options = _with_probabilities(file, options)
    score_names: list[str] = []
    if options.scores is not None:
        score_names = score_columns(options.scores, file.columns, file.source)
    columns = recognise(
        file.columns,
        options.names,
        file.source,
        bool(score_names),
        lambda: options_for_scores(file),
    )
    columns = _without_unreadable_names(file, columns, options)
    beside = _probabilities_beside(file, columns, options)
    subsets = [name for name in options.subsets if name in file.columns]
    table, file = _read(file, columns, [*score_names, *beside], subsets, notes)
    try:
        meta = _metadata(file.metadata)
    except BadInput as error:
        raise BadInput(f"{file.source}: {error}") from error
    if not (meta or is_matrix):
        notes += _notes_on_columns(table, columns, options, score_names)
        notes += filter(None, [probabilities.note_on_gap(file.columns)])
    scored = _predicted(file, table, columns, options, score_names)
    scores = _probabilities(file, table, scored, options, beside, notes)
    rows = _rows(file, table, columns, meta, scored, scores)
    rows = replace(rows, subsets=subset_columns.read(table, subsets, file.source))
    if beside and not meta:
        rows = _with_listed_numbers(rows, len(beside))
    rows = _with_known_splits(rows, columns, notes)
    runs = _by_run(rows)
    for run in runs:
        _check_images(run, columns)
    return [replace(run, notes=tuple(notes)) for run in runs]


def _metadata(encoded: Mapping[bytes, bytes]) -> dict[str, Any]:
    """The metadata of a table of this package, {} for any other table."""
    keys = METADATA["counts"]
    if not all(key.encode() in encoded for key in keys):
        return {}
    meta = decode(encoded)
    missing = [key for key in ("name", "net", "optim", "setup", "data") if key not in meta["run"]]
    if missing:
        raise BadInput(f"metadata run: lacks {', '.join(missing)}, expected those of a run")
    return {key: meta[key] for key in keys}


# Rows


def _read(
    file: TableFile,
    columns: Columns,
    score_names: Sequence[str],
    subsets: Sequence[str],
    notes: list[str],
) -> tuple[pa.Table, TableFile]:
    """Read the columns that are used, without blank rows, and number the other rows."""
    texts = dict.fromkeys([*columns.names.values(), *columns.runs, *subsets])
    scores = [name for name in dict.fromkeys(score_names) if name not in texts]
    names = [*texts, *scores]
    table = file.read(names, scores)
    if not len(table):
        raise BadInput(f"{file.source}: no rows, allowed: at least one")
    filled = [name for key, name in columns.names.items() if key not in MAY_BE_EMPTY]
    empty = _empty_in_all(table, names)  # (n,)
    if empty.any():
        empty &= _empty_in_all(file.read(file.columns), file.columns)
    for name in filled:
        missing = np.asarray(pc.is_null(table[name], nan_is_null=True)) & ~empty
        if missing.any():
            place = file.place(int(np.argmax(missing)))
            raise BadInput(
                f"{file.source}: {displayed(name)}, {place}: empty, allowed: a value in every row"
            )
    if empty.any():
        noun = "row" if empty.sum() == 1 else "rows"
        notes.append(f"passed over {empty.sum():,} blank {noun}")
        table = table.filter(pa.array(~empty))
        file = replace(file, row_numbers=np.flatnonzero(~empty))
    if not len(table):
        raise BadInput(f"{file.source}: no rows, allowed: at least one")
    return table, file


def _empty_in_all(table: pa.Table, names: Sequence[str]) -> Array:
    """Whether a row is empty in all of some columns, (n,)."""
    empty = np.ones(len(table), bool)
    for name in dict.fromkeys(names):
        if not table[name].null_count:
            return np.zeros(len(table), bool)
        empty &= np.asarray(pc.is_null(table[name]))
    return empty


def _rows(
    file: TableFile,
    table: pa.Table,
    columns: Columns,
    meta: Mapping[str, Any],
    scored: Predicted,
    scores: Array | None,
) -> Rows:
    """Check the columns of all rows; `scores` are the probabilities of all classes."""
    label = _labels(file, table, columns, "label")
    predicted = scored.labels
    second = _labels(file, table, columns, "second") if "second" in columns.names else None
    if meta:
        label = _named(label, meta["labels"], f"{file.source}: label")
        predicted = _named(predicted, meta["labels"], f"{file.source}: predicted")
        second = second and _named(second, meta["labels"], f"{file.source}: second")
    else:
        label, predicted = with_numbers_for_truth_values(label, predicted)
    numbers = {key: _numbers(table, columns, key, file.source) for key in NUMBERS}
    if numbers["confidence"] is not None:
        where = f"{file.source}: {displayed(columns.names['confidence'])}"
        probabilities.check_confidence(numbers["confidence"], where, file.place)
    everywhere = np.zeros(len(table), np.int64)
    run = Labels([""], everywhere)
    if "run" in columns.names:
        run = _labels(file, table, columns, "run")
    split = Labels(["test"], everywhere)
    if "split" in columns.names:
        split = _labels(file, table, columns, "split")
    return Rows(
        file.source,
        run,
        meta,
        label=label,
        predicted=predicted,
        scores=len(scored.labels.listed) if scored.is_scored else 0,
        best=scored.best,
        split=split,
        image=_image_names(table, columns),
        second=second,
        probabilities=scores,
        **numbers,
    )


def _with_probabilities(file: TableFile, options: ColumnOptions) -> ColumnOptions:
    """The options; columns p_0 to p_C-1 are the scores if there is no predicted class."""
    names = probabilities.probability_columns(file.columns)
    if not names or options.scores is not None or "predicted" in options.names:
        return options
    if has_classes([*file.columns, "label"]):
        return options
    return replace(options, scores=Scores(names, are_probabilities=True))


def _probabilities_beside(
    file: TableFile, columns: Columns, options: ColumnOptions
) -> Sequence[str]:
    """The columns p_0 to p_C-1 of a table that has predicted classes as well."""
    if options.scores is not None:
        return []
    used = set(columns.names.values())
    names = probabilities.probability_columns(file.columns)
    return [] if used & set(names) else names


def _with_listed_numbers(rows: Rows, size: int) -> Rows:
    """Set the number of classes of numbered rows to the number of probabilities."""
    numbers = [str(number) for number in range(size)]
    is_numbered = set(rows.label.texts) | set(rows.predicted.texts) <= set(numbers)
    if not is_numbered or rows.label.listed or rows.predicted.listed:
        return rows
    return replace(rows, predicted=replace(rows.predicted, listed=numbers))


def _probabilities(
    file: TableFile,
    table: pa.Table,
    scored: Predicted,
    options: ColumnOptions,
    beside: Sequence[str],
    notes: list[str],
) -> Array | None:
    """The probabilities (n, k) of all classes, None if they are unknown."""
    values = scored.values
    if beside:
        values = score_values(table, beside, file.source, file.place)
    if values is None or scored.best is not None:
        return None
    if values.shape[1] == 1:  # of the second of two classes
        values = np.concatenate([1 - values, values], axis=1)
    fault = probabilities.fault(values, file.place)
    if not fault:
        return values.astype(np.float32)
    is_sure = beside or (options.scores is not None and options.scores.are_probabilities)
    if is_sure:
        raise BadInput(
            f"{file.source}: columns p_0 to p_{values.shape[1] - 1}, {fault}; rename the columns "
            "if they are no probabilities"
        )
    notes.append(f"the scores are no probabilities ({fault}), so that no confidence is known")
    return None


def _without_unreadable_names(file: TableFile, columns: Columns, options: ColumnOptions) -> Columns:
    """The columns without a column of the images' names that holds no texts, such as images."""
    name = columns.names.get("image")
    if name is None or file.holds_texts(name):
        return columns
    if "image" in options.names:
        raise BadInput(
            f"{file.source}: {displayed(name)}: holds no texts, allowed: the file of each image; "
            "a column of numbers is named by --index"
        )
    others = {key: other for key, other in columns.names.items() if key != "image"}
    recognised = [key for key in columns.recognised if key != "image"]
    return replace(columns, names=others, recognised=recognised)


def _image_names(table: pa.Table, columns: Columns) -> pa.StringArray | None:
    """The column of the images' names (n,), with empty texts where it is empty."""
    if "image" not in columns.names:
        return None
    names = table[columns.names["image"]].cast(pa.string()).combine_chunks()
    return names.fill_null("")


def _labels(file: TableFile, table: pa.Table, columns: Columns, key: str) -> Labels:
    """A column of labels; beside numbers alone, a text such as `NA` is no label."""
    name = columns.names[key]
    where = f"{file.source}: {displayed(name)}"
    schema = table.schema.with_metadata(file.metadata)
    labels = read_labels(table[name], where, schema, name, file.place)
    absent = [text for text in labels.texts if text in ABSENT]
    others = [text for text in labels.texts if text not in ABSENT]
    if file.is_text and absent and others and all(NUMBER.fullmatch(text) for text in others):
        row = int(np.argmax(labels.codes == labels.texts.index(absent[0])))
        raise BadInput(
            f"{where}, {file.place(row)}: empty ({absent[0]}), allowed: a value in every row"
        )
    return labels


def _predicted(
    file: TableFile,
    table: pa.Table,
    columns: Columns,
    options: ColumnOptions,
    score_names: Sequence[str],
) -> Predicted:
    if options.scores is None:
        return Predicted(_labels(file, table, columns, "predicted"), None, is_scored=False)
    return predict(options.scores, table, score_names, file.source, file.place)


def _named(labels: Labels, names: Sequence[str], where: str) -> Labels:
    """Labels of a table of this package, whose numbers stand for the names in its metadata."""
    texts = []
    for text in labels.texts:
        if not (text.isdecimal() and int(text) < len(names)):
            raise BadInput(f"{where}: found {text}, allowed: 0 to {len(names) - 1}")
        texts.append(names[int(text)])
    return replace(labels, texts=texts)


def _numbers(table: pa.Table, columns: Columns, key: str, source: str) -> Any:
    """A column of numbers (n,); if it is absent its default, or None if it has no default."""
    column = NUMBERS[key]
    if key not in columns.names:
        return None if column.default is None else np.full(len(table), column.default)
    where = f"{source}: {displayed(columns.names[key])}"
    option = key.replace("_", "-")
    advice = f"; if the column holds something else, give --{option} none"
    if key == "index":
        name = displayed(columns.names[key])
        advice = f"; if it names the images' files, give --image {name}{advice}"
    values = table[columns.names[key]]
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    try:
        numbers = np.asarray(_cast(values, column.kind).to_numpy())
    except pa.ArrowException as error:
        cause = str(error).splitlines()[0]
        raise BadInput(f"{where}: allowed: {column.allowed} ({cause}){advice}") from error
    if column.most is not None:
        outside = numbers[(numbers < 0) | (numbers > column.most)]
        if len(outside):
            raise BadInput(f"{where}: found {outside[0]}, allowed: {column.allowed}{advice}")
    return numbers


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Convert a column to numbers; raises `ArrowException` if that loses something."""
    if pa.types.is_string(values.type):
        values = pc.utf8_trim_whitespace(values)
    if pa.types.is_floating(kind) and pa.types.is_string(values.type):
        unknown = pc.is_in(values, pa.array(ABSENT))
        values = pc.if_else(unknown, pa.scalar(None, pa.string()), values)
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        return values.cast(pa.float64()).cast(kind)  # whole numbers that are written as 2.0


# Splits, runs and images


def _with_known_splits(rows: Rows, columns: Columns, notes: list[str]) -> Rows:
    """Rename the splits to those of this package; leave out validation rows beside test rows."""
    where = f"{rows.source}: {displayed(columns.names.get('split', 'split'))}"
    known = {text: _known_split(text, where) for text in rows.split.texts}
    held_out = [text for text, split in known.items() if split == "test"]
    if not held_out:
        raise BadInput(
            f"{where}: found {', '.join(known)}, allowed: at least one row of test; to count all "
            "rows as test, give --split none"
        )
    tests = [text for text in held_out if text.casefold() in TESTS]
    if not tests and len(held_out) > 1:
        raise BadInput(
            f"{where}: found {', '.join(held_out)}, allowed: one of them; leave out the rows of "
            "the others"
        )
    others = [text for text in held_out if text not in tests]
    if tests and others:
        left_out = np.isin(rows.split.codes, [rows.split.texts.index(text) for text in others])
        rows = rows.select(~left_out)
        notes.append(
            f"passed over {left_out.sum():,} rows of split {', '.join(others)}, since there are "
            f"rows of {tests[0]}"
        )
    elif others:
        notes.append(f"split {others[0]} is shown as test")
    names = [known[text] for text in rows.split.texts]
    distinct = list(dict.fromkeys(names))
    code_of_text = np.array([distinct.index(name) for name in names])
    return replace(rows, split=Labels(distinct, code_of_text[rows.split.codes]))


def _known_split(text: str, where: str) -> str:
    """The split of this package that a text stands for."""
    folded = text.casefold()
    split = SPLIT_SYNONYMS.get(folded, folded)
    if split not in SPLITS:
        raise BadInput(
            f"{where}: found {text!r}, allowed: {', '.join(SPLITS)}, and val or validation for "
            "test; if the column holds something else, give --split none"
        )
    return split


def _by_run(rows: Rows) -> list[Rows]:
    """The rows of each run, in natural order of the runs' names."""
    if len(rows.run.texts) == 1:
        return [rows]
    parts = []
    for text in in_order(rows.run.texts):
        parts.append(rows.select(rows.run.codes == rows.run.texts.index(text)))
    return parts


def _check_images(rows: Rows, columns: Columns) -> None:
    """Raise `BadInput` if every count is 0, or an epoch predicts an image twice."""
    if not rows.count.any():
        place = f", run {rows.run.texts[0]}" if rows.run.texts[0] else ""
        raise BadInput(
            f"{rows.source}{place}: count: found 0 in every row, allowed: at least one image"
        )
    if float(rows.count.sum(dtype=np.float64)) > MOST_IMAGES:
        raise BadInput(f"{rows.source}: count: found more than {MOST_IMAGES} images in all")
    if rows.index is None:
        return
    images = {"split": rows.split.codes, "epoch": rows.epoch, "index": rows.index}
    repeated = np.flatnonzero(pd.DataFrame(images).duplicated())
    if len(repeated):
        row = repeated[0]
        message = (
            f"{rows.source}: {displayed(columns.names['index'])}, row {row + 1}: found "
            f"{rows.index[row]} a second time in its epoch and split, allowed: each image once"
        )
        if columns.runs:
            message += f"; if the rows are of several runs, give --run {displayed(columns.runs[0])}"
        else:
            message += "; if the column does not number the images, give --index none"
        raise BadInput(message)


# Notes


def _notes_on_columns(
    table: pa.Table, columns: Columns, options: ColumnOptions, score_names: Sequence[str]
) -> list[str]:
    """Sentences on what was taken for granted about the columns."""
    notes = []
    # The list of images in the report shows which names were read.
    keys = [key for key in MEANINGS if key in columns.recognised and key != "image"]
    if set(keys) & set(CLASSES):  # then both, since one without the other says little
        others = [key for key in keys if key not in CLASSES]
        keys = [*(key for key in CLASSES if key in columns.names), *others]
    if keys:
        parts = [f"{MEANINGS[key]} from {displayed(columns.names[key])}" for key in keys]
        notes.append(f"read {', '.join(parts)}")
    if options.scores is not None:
        notes.append(_note_on_scores(options.scores, score_names))
    if "count" in columns.names and "count" not in options.names:
        name = displayed(columns.names["count"])
        notes.append(
            f"a row counts as often as column {name} says; --count none counts every row once"
        )
    for name in columns.weights:
        notes.append(
            f"column {name.strip()} is not used; --count {name.strip()} counts a row as often as "
            "it says, if it holds whole numbers"
        )
    for name in columns.runs:
        texts = [str(value) for value in table[name].unique().drop_null().to_pylist()]
        values = in_order(texts)
        if len(values) > 1:
            notes.append(
                f"pooled the rows of {len(values)} values of column {name.strip()} "
                f"({shortened(values)}); --run {name.strip()} makes each a run"
            )
    return notes


def _note_on_scores(scores: Scores, names: Sequence[str]) -> str:
    """A sentence on how scores became predictions."""
    columns = shortened([name.strip() for name in names])
    if scores.threshold is not None:
        least = f"{scores.threshold:g}"
        return f"predicted the second class where its score is at least {least} ({columns})"
    if scores.top > 1:
        return (
            f"a prediction is right if the true class is among the {scores.top} highest scores, "
            f"else it is the class of the highest ({columns})"
        )
    return f"predicted the class with the highest score ({columns})"
