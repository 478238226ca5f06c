"""Reads the predictions of classifiers that were trained elsewhere and counts them by run.

A row of predictions is an image, or `count` images, with its true class `label` and its `predicted`
class. The optional columns are `epoch`, `split` (by default `test`), `index` (the number of the
image within its split), `image` (its file), `loss_sum` (the summed cross-entropy of the row's
images, nats), and `confidence` and `second`, or `p_0` to `p_C-1` (the probabilities of the classes
in label order). A `counts` table of this package is such a file too; its metadata holds its
classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from interference import confusion
from interference.classes import Classes, shortened
from interference.confusion.shared_mistakes import is_disputed
from interference.errors import BadInput, one_of
from interference.external import probabilities, subset_columns
from interference.external.arrays import number_array, to_array
from interference.external.class_names import to_classes
from interference.external.column_names import CLASSES, MEANINGS, has_classes
from interference.external.image_numbers import number_images
from interference.external.label_numbers import Numbers, number_labels
from interference.external.prediction_columns import ALL_BY_NAME, ColumnOptions, Rows, checked_runs
from interference.external.predictions_file import open_table, table_of
from interference.external.record import DATA, FINAL, Record
from interference.external.run_names import named_files, named_runs
from interference.external.scores import Scores
from interference.vocabulary import Array, check_run


def read_predictions(
    files: Path | str | Sequence[Path | str] | Mapping[str, Path | str],
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
    columns: Mapping[str, str] | None = None,
    scores: str | Sequence[str] | None = None,
    threshold: float | None = None,
    top_k: int = 1,
) -> list[Record]:
    """Read files of predictions and count them.

    A file is delimited text (.csv, .tsv, .txt), JSON lines (.jsonl) or parquet; a text file may be
    compressed (.gz), and `-` is standard input. Text is UTF-8, or UTF-16 that begins with a byte
    order mark. Commas, semicolons or tabs separate its columns. A text file may also be a matrix of
    counts with the class names in its first row and column. Columns are known by their name or by
    a usual synonym, such as `y_true` and `y_pred`. A class label is the text that the file holds;
    only white space is normalised.

    Args:
        files: One or several files, or files by the name of their run. By default a run is named as
            its file, or as its folder if several files have the same name.
        classes: The class names in label order. By default they are the names in the first file
            that holds some, else the distinct labels of all files, sorted as numbers if all are
            whole numbers, else as texts. If names are given, whole numbers that are not names
            are positions in the list, from 0.
        data: The name of the data set, for readers.
        columns: The names of columns in the files, by `label`, `predicted`, `split`, `epoch`,
            `index`, `image`, `count`, `loss_sum`, `confidence` and `second`; or by `run` for a
            column whose values are runs. `none` stands for no column.
        scores: Columns of scores in place of predicted classes: names, patterns such as `prob_*`,
            or a column of lists. The class with the highest score is predicted.
        threshold: For two classes, predict the second where its score is at least this. Without
            `scores`, the column `predicted` holds the score.
        top_k: Count a prediction as right if the true class is among this many highest scores.

    Returns:
        A record for each run, in the order of the files. Its `notes` say what was left out or taken
        for granted.

    Raises:
        BadInput: A file or a column is missing, or a value is empty, unknown or out of range. The
            message is one line that names the file and the column.

    Examples:
        >>> import pandas as pd
        >>> from interference import read_predictions
        >>> images = {"label": ["cat", "cat", "dog"], "predicted": ["cat", "dog", "dog"]}
        >>> pd.DataFrame(images).to_csv("mine.csv", index=False)
        >>> (record,) = read_predictions("mine.csv")
        >>> record.name, record.classes.labels
        ('mine', ('cat', 'dog'))
    """
    return read_files(files, classes, data, column_options(columns, scores, threshold, top_k))


def column_options(
    columns: Mapping[str, str] | None,
    scores: str | Sequence[str] | None,
    threshold: float | None,
    top_k: int,
) -> ColumnOptions:
    """Say which columns are read, and how scores become predictions.

    Args:
        columns: The names of columns, as in `read_predictions`, as are all arguments.
        scores: Columns of scores; a text may hold several with commas between them.
        threshold: The least score of the second class.
        top_k: How many of the highest scores may hold the true class.

    Returns:
        The options.

    Raises:
        BadInput: `top_k` is given without scores, or a column has no known meaning.
    """
    names = columns or {}
    for key in names:
        if key not in MEANINGS:
            raise one_of("columns", key, MEANINGS)
    if scores is None and threshold is None:
        if top_k != 1:
            raise BadInput("--top-k: needs the columns of scores; name them with --scores")
        return ColumnOptions(names)
    given = names.get("predicted", "predicted") if scores is None else scores
    patterns = [name.strip() for name in given.split(",")] if isinstance(given, str) else given
    return ColumnOptions(names, Scores(patterns, threshold, top_k))


def read_files(
    files: Path | str | Sequence[Path | str] | Mapping[str, Path | str],
    classes: Classes | Sequence[str | int] | None,
    data: str,
    options: ColumnOptions,
) -> list[Record]:
    """Read files of predictions, as `read_predictions` does.

    Args:
        files: The files.
        classes: The class names in label order, or None.
        data: The name of the data set, for readers.
        options: Which columns are read, and how scores become predictions.

    Returns:
        A record for each run.

    Raises:
        BadInput: As in `read_predictions`; or no file has a column of subsets.
    """
    runs: dict[str, Rows] = {}
    columns: dict[str, None] = {}  # of all files, in order
    for path, name in named_files(files):
        table = open_table(path, has_classes)
        columns |= dict.fromkeys(table.columns)
        runs |= named_runs(name, checked_runs(table, options), options.names.get("run"), runs)
    subset_columns.check_names(options.subsets, list(columns))
    return _records(runs, classes, data)


def record_predictions(
    y_true: Any,
    y_pred: Any,
    *,
    name: str = "predictions",
    epoch: Any = None,
    split: Any = "test",
    index: Any = None,
    image: Any = None,
    confidence: Any = None,
    second: Any = None,
    scores: Any = None,
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
) -> Record:
    """Count the predictions of two arrays, true and predicted classes as scikit-learn takes them.

    Args:
        y_true: (n,) the true classes, as names or as whole numbers.
        y_pred: (n,) the predicted classes, in the same order.
        name: The name of the run, which names its files.
        epoch: One epoch for all images, or an array (n,).
        split: One split for all images, or an array (n,).
        index: (n,) the number of each image within its split.
        image: (n,) the file of each image.
        confidence: (n,) the probability of each predicted class.
        second: (n,) the second best class of each image.
        scores: (n, C) the probabilities of all classes in label order, in place of these two.
        classes: The class names in label order; by default the distinct values, sorted.
        data: The name of the data set, for readers.

    Returns:
        The record of the run.

    Raises:
        BadInput: The name cannot name a file, or the arrays do not fit each other.

    Examples:
        >>> from interference import record_predictions
        >>> record = record_predictions(["cat", "cat", "dog"], ["cat", "dog", "dog"], name="mine")
        >>> record.classes.labels
        ('cat', 'dog')
        >>> record.save("look")  # writes look/counts/mine.parquet and look/cctm/mine.parquet
    """
    check_run("name", name)
    columns = {"epoch": epoch, "split": split, "index": index, "image": image}
    columns |= {"confidence": confidence, "second": second}
    (rows,) = _runs_of_arrays(y_true, y_pred, name, columns, scores)
    (record,) = _records({name: rows}, classes, data)
    return record


def record_runs(
    y_true: Any,
    y_pred: Any,
    *,
    run: Any,
    epoch: Any = None,
    split: Any = "test",
    index: Any = None,
    image: Any = None,
    confidence: Any = None,
    second: Any = None,
    scores: Any = None,
    classes: Classes | Sequence[str | int] | None = None,
    data: str = DATA,
) -> list[Record]:
    """Count the predictions of several runs in two arrays, as `record_predictions` does for one.

    Args:
        y_true: (n,) the true classes, as names or as whole numbers.
        y_pred: (n,) the predicted classes, in the same order.
        run: (n,) the run of each prediction; the run of a number, such as 1, is named `run-1`.
        epoch: One epoch for all images, or an array (n,).
        split: One split for all images, or an array (n,).
        index: (n,) the number of each image within its split.
        image: (n,) the file of each image.
        confidence: (n,) the probability of each predicted class.
        second: (n,) the second best class of each image.
        scores: (n, C) the probabilities of all classes in label order, in place of these two.
        classes: The class names in label order; by default the distinct values, sorted.
        data: The name of the data set, for readers.

    Returns:
        The record of each run, sorted by the names of the runs.

    Raises:
        BadInput: The arrays do not fit each other.
    """
    columns = {"run": run, "epoch": epoch, "split": split, "index": index, "image": image}
    columns |= {"confidence": confidence, "second": second}
    parts = _runs_of_arrays(y_true, y_pred, "predictions", columns, scores)
    return _records(named_runs("predictions", parts, "run", {}), classes, data)


def _runs_of_arrays(
    y_true: Any, y_pred: Any, source: str, more: Mapping[str, Any], scores: Any = None
) -> Sequence[Rows]:
    """The rows of each run of true and predicted classes (n,), with more columns by their key."""
    labels, predicted = _two_columns(y_true, y_pred, source)
    values = {"label": labels, "predicted": predicted, **more}
    columns = {}
    for key, value in values.items():
        if value is not None:
            columns[key] = _column(source, key, value, len(labels))
    if scores is not None:
        columns |= _score_columns(source, scores, len(labels))
    options = ColumnOptions({"run": "run"}) if "run" in columns else ALL_BY_NAME
    return checked_runs(table_of(pa.table(columns), source), options)


def count_predictions(y_true: Any, y_pred: Any, labels: Any = None) -> Array:
    """Count the images of two arrays by true and predicted class.

    Args:
        y_true: (n,) the true classes, as names or numbers.
        y_pred: (n,) the predicted classes, in the same order.
        labels: The classes in order; images of other classes are left out. None for all distinct
            values, sorted.

    Returns:
        (C, C) int64, row = true class.

    Raises:
        BadInput: The arrays do not fit each other, or no true class is among the labels.
    """
    columns = dict(zip(CLASSES, _two_columns(y_true, y_pred, "predictions"), strict=True))
    table = pa.table({key: _column("predictions", key, v, len(v)) for key, v in columns.items()})
    (rows,) = checked_runs(table_of(table, "predictions"), ALL_BY_NAME)
    if labels is None:
        classes, numbers = number_labels({"": rows}, None, least=1)
        label = numbers[""].label[rows.label.codes]  # (n,)
        predicted = numbers[""].predicted[rows.predicted.codes]  # (n,)
        return confusion.counts(label, predicted, len(classes))
    position = {name: number for number, name in enumerate(to_classes(labels, 1).labels)}
    label = np.array([position.get(text, -1) for text in rows.label.texts])[rows.label.codes]
    predicted = np.array([position.get(text, -1) for text in rows.predicted.texts])
    predicted = predicted[rows.predicted.codes]
    if (label < 0).all():
        raise BadInput(
            f"labels: found {shortened(list(position))}, allowed: at least one of the true classes "
            f"{shortened(rows.label.texts)}"
        )
    is_counted = (label >= 0) & (predicted >= 0)
    return confusion.counts(label[is_counted], predicted[is_counted], len(position))


def _two_columns(y_true: Any, y_pred: Any, name: str) -> tuple[Array, Array]:
    """True and predicted classes as arrays (n,) of one length."""
    labels = to_array(f"{name}: y_true", y_true)
    predicted = to_array(f"{name}: y_pred", y_pred)
    if labels.ndim != 1 or labels.shape != predicted.shape:
        raise BadInput(
            f"{name}: y_true {labels.shape} and y_pred {predicted.shape}, allowed: two arrays (n,) "
            "of one length"
        )
    return labels, predicted


def _column(source: str, column: str, value: Any, number: int) -> pa.Array:
    """A single value or an array (number,) as a column with this number of rows."""
    values = to_array(f"{source}: {column}", value)
    if values.shape not in ((), (number,)):
        raise BadInput(
            f"{source}: {column} {values.shape}, allowed: one value, or an array ({number},)"
        )
    try:
        return pa.array(np.broadcast_to(values, number).copy())
    except (pa.ArrowException, TypeError) as error:
        cause = str(error).splitlines()[0]
        raise BadInput(
            f"{source}: {column}: found {values.dtype}, allowed: names or numbers ({cause})"
        ) from error


def _score_columns(source: str, scores: Any, number: int) -> dict[str, pa.Array]:
    """The columns p_0 to p_C-1 of probabilities (number, C)."""
    values = number_array(f"{source}: scores", scores)
    if values.ndim != 2 or len(values) != number or values.shape[1] < 2:
        raise BadInput(
            f"{source}: scores {values.shape}, allowed: ({number}, C), a column for each class"
        )
    return {f"p_{place}": pa.array(column) for place, column in enumerate(values.T)}


def _records(
    runs: Mapping[str, Rows], classes: Classes | Sequence[str | int] | None, data: str
) -> list[Record]:
    known, numbers = number_labels(runs, classes)
    images = number_images(runs)
    records = []
    for name, rows in runs.items():
        record = _empty_record(name, rows.meta, known, data)
        record.notes.extend([*rows.notes, *numbers[name].notes, *images[name].notes])
        record.are_images_numbered = rows.index is not None
        _count(record, replace(rows, index=images[name].index), numbers[name])
        records.append(record)
    _note_disputed_images(records)
    return records


def _note_disputed_images(records: Sequence[Record]) -> None:
    """Add a note to the runs that give an image different true classes, with the first image."""
    frames = []
    for number, record in enumerate(records):
        for split, frame in record.final_predictions.items():
            columns = frame.reindex(columns=["index", "label", "image"])
            frames.append(columns.assign(split=split, run=number))
    if len(records) < 2 or not frames:
        return
    rows = pd.concat(frames, ignore_index=True)
    disputed = rows[is_disputed(rows)]
    if disputed.empty:
        return
    images = disputed.groupby(["split", "index"], sort=False)
    split, index = next(iter(images.groups))
    first = images.get_group((split, index)).drop_duplicates("label")
    names = first["image"].dropna()
    image = repr(names.iloc[0]) if len(names) and names.iloc[0] else f"{index} of {split}"
    classes_by_run = [
        f"{records[run].classes.labels[label]} in {records[run].name}"
        for run, label in zip(first["run"], first["label"], strict=True)
    ]
    note = (
        f"the true classes of {images.ngroups} images differ between the runs (image {image}: "
        f"{', '.join(classes_by_run)}); the list of errors leaves them out"
    )
    for run in sorted(set(disputed["run"])):
        records[run].notes.append(note)


def _empty_record(name: str, meta: Mapping[str, Any], classes: Classes, data: str) -> Record:
    """A record without counts, described by the metadata of a table of this package if given."""
    if not meta:
        return Record(name, classes, data)
    run = meta["run"]
    settings = run if run["setup"] else None
    return Record(name, classes, run["data"]["name"], settings, meta["made_by"])


def _count(record: Record, rows: Rows, numbers: Numbers) -> None:
    """Count the rows of a run by split and epoch, in one pass, and add them to its record."""
    size = len(record.classes)
    label = numbers.label[rows.label.codes]  # (n,)
    predicted = numbers.predicted[rows.predicted.codes]  # (n,)
    if rows.best is not None:
        best = numbers.predicted[rows.best]  # (n, K)
        is_among_best = (best == label[:, None]).any(1)
        predicted = np.where(is_among_best, label, predicted)
    epochs, epoch_numbers = np.unique(rows.epoch, return_inverse=True)
    shape = (len(rows.split.texts), len(epochs), size, size)
    # (split, epoch, label, predicted) of each row as one number
    cells = np.ravel_multi_index((rows.split.codes, epoch_numbers, label, predicted), shape)
    cell_of_row, occurring = pd.factorize(cells)  # only the cells with rows, in no order
    counts = np.bincount(cell_of_row, rows.count)
    losses = np.bincount(cell_of_row, rows.loss_sum)
    cell_split, cell_epoch, cell_label, cell_predicted = np.unravel_index(occurring, shape)
    for split_number, split in enumerate(rows.split.texts):
        epochs_with_images = np.unique(cell_epoch[(cell_split == split_number) & (counts > 0)])
        for epoch_number in epochs_with_images:
            chosen = (cell_split == split_number) & (cell_epoch == epoch_number)
            position = cell_label[chosen], cell_predicted[chosen]
            epoch_counts = np.zeros((size, size), np.int64)
            epoch_counts[position] = counts[chosen]
            epoch_losses = np.zeros((size, size))
            epoch_losses[position] = losses[chosen]
            record.add(split, epoch_counts, epoch_losses, int(epochs[epoch_number]))
        if split in FINAL:
            in_split = rows.split.codes == split_number
            last = in_split & (epoch_numbers == epochs_with_images[-1])
            _keep_images(record, split, rows, numbers, label, predicted, last)
            if split == "test":
                record.subsets |= _subset_counts(rows, last, label, predicted, size)


def _keep_images(
    record: Record,
    split: str,
    rows: Rows,
    numbers: Numbers,
    label: Array,
    predicted: Array,
    last: Array,
) -> None:
    """Keep the final predictions of a split image by image, and their confidences.

    Args:
        record: The record.
        split: The split.
        rows: All rows of the run.
        numbers: The class numbers of its labels.
        label: (n,) the true classes.
        predicted: (n,) the predicted classes.
        last: (n,) whether a row is one of the split and of its last epoch.
    """
    names = {}
    if rows.index is not None:
        names["index"] = rows.index[last]
        if rows.image is not None:
            names["image"] = rows.image.filter(pa.array(last)).to_pandas()
    classes = {"label": label[last], "predicted": predicted[last]}
    known = _confidences(rows, numbers, classes, last, record.classes)
    if known and (rows.count[last] != 1).any():
        record.notes.append("confidences are left out, since a row stands for several images")
        known = {}
    if known and rows.probabilities is not None and not rows.scores:
        last_name = f"p_{rows.probabilities.shape[1] - 1}"
        first = record.classes.labels[0]
        note = f"p_0 to {last_name} are the classes in label order, p_0 is {first}"
        record.notes += [] if note in record.notes else [note]
    if known:
        record.confidences[split] = pd.DataFrame({**names, **classes, **known})
    if names:
        kept = {key: known[key] for key in ("confidence", "second") if key in known}
        image = {"image": names.pop("image")} if "image" in names else {}
        record.final_predictions[split] = pd.DataFrame({**names, **classes, **kept, **image})


def _confidences(
    rows: Rows, numbers: Numbers, named: Mapping[str, Array], last: Array, classes: Classes
) -> Mapping[str, Array]:
    """The columns of some rows on their confidences, {} if these are unknown.

    Args:
        rows: The rows.
        numbers: The class numbers of their labels.
        named: The numbers of their classes: `label` and `predicted`.
        last: Whether a row is one of those that are described.
        classes: The classes.

    Raises:
        BadInput: There are more probabilities than classes, or a second best class comes first.
    """
    if rows.best is not None:  # the predictions are not those of the highest score
        return {}
    scores = None
    second = None
    try:
        if rows.probabilities is not None:
            of_score = numbers.predicted if rows.scores else np.arange(rows.probabilities.shape[1])
            values = rows.probabilities[last]
            scores = probabilities.of_all_classes(values, of_score, len(classes))
        if rows.second is not None and numbers.second is not None:
            second = numbers.second[rows.second.codes[last]]
            probabilities.check_second(second, named["predicted"], classes.labels)
    except BadInput as error:
        raise BadInput(f"{rows.source}: {error}") from error
    confidence = None if rows.confidence is None else rows.confidence[last]
    return probabilities.columns(**named, scores=scores, confidence=confidence, second=second)


def _subset_counts(
    rows: Rows, last: Array, label: Array, predicted: Array, size: int
) -> dict[str, tuple[Sequence[str], Array]]:
    """By column of subsets, their names and the counts (S, C, C) of the rows of a mask (n,)."""
    counts = {}
    for column, subsets in rows.subsets.items():
        shape = (len(subsets.texts), size, size)
        cells = np.ravel_multi_index((subsets.codes[last], label[last], predicted[last]), shape)
        images = np.bincount(cells, rows.count[last], np.prod(shape)).astype(np.int64)
        counts[column] = (subsets.texts, images.reshape(shape))
    return counts
