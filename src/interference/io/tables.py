"""Reads and writes the parquet tables; defines the columns, types and metadata of each.

The schema of a table carries JSON metadata: `classes` (the keys in label order), `labels` (the
names for readers), `run` (the resolved parameters), `made_by` (versions, device, precision),
`images_digest` (a digest of the images that it was made of), and more for some tables.

Tables of counts hold the cells of the confusion matrix that have images; an absent cell is 0.
Tables of earlier versions have rows for zero counts too; `confusion.from_frame` reads both.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from interference.classes import Classes
from interference.errors import BadInput
from interference.io import input_files, metadata
from interference.io.files import replacing, write_text

_CELL = {
    "label": pa.int16(),
    "predicted": pa.int16(),
    "count": pa.int32(),
    "loss_sum": pa.float64(),
}
# Predictions from elsewhere may be counted in pixels: more than 32 bits hold.
_LARGE_CELL = {**_CELL, "count": pa.int64()}

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "counts": {
        "epoch": pa.int16(),
        "split": pa.dictionary(pa.int8(), pa.string()),
        **_LARGE_CELL,
    },
    "cctm": {"split": pa.string(), **_LARGE_CELL},
    "grams": {"label_1": pa.int16(), "label_2": pa.int16(), "dot": pa.float64()},
    "predictions": {
        "split": pa.string(),
        "index": pa.int32(),
        "label": pa.int16(),
        "predicted": pa.int16(),
    },
    "surfaces": {
        "class_1": pa.int16(),
        "class_2": pa.int16(),
        "i": pa.int16(),
        "j": pa.int16(),
        "theta_1": pa.float64(),
        "theta_2": pa.float64(),
        **_CELL,
    },
}

WIDTHS = {  # bytes of a value in memory, by its type in a parquet file
    "BOOLEAN": 1,
    "INT32": 4,
    "INT64": 8,
    "INT96": 8,
    "FLOAT": 4,
    "DOUBLE": 8,
    "BYTE_ARRAY": 4,  # at least, for the place of its end
}

OPTIONAL: dict[str, dict[str, pa.DataType]] = {  # columns that a table may lack
    "predictions": {
        "image": pa.string(),  # the file of the image
        "confidence": pa.float32(),  # the probability of the predicted class
        "second": pa.int16(),  # the second best class
    },
    "surfaces": {"zoom": pa.int16()},  # 0 for a plane, 1 for its zoom
}

METADATA: dict[str, tuple[str, ...]] = dict.fromkeys(
    COLUMNS, ("classes", "labels", "run", "made_by")
)
METADATA["surfaces"] += ("edge", "pair", "scale", "batch_norm", "split", "images", "grams")


ROWS_AT_ONCE = 1024  # the most rows that Arrow encodes at once, its default
BYTES_AT_ONCE = 2**22  # the most bytes; Arrow holds them several times
IMAGES = "images_digest"  # the entry for the digest of all images and labels of an image table


@dataclass(frozen=True)
class Table:
    """A table in memory.

    Attributes:
        frame: Its rows.
        meta: Its metadata, decoded from JSON.
    """

    frame: pd.DataFrame
    meta: dict[str, Any]

    @property
    def rows(self) -> int:
        """The number of its rows."""
        return len(self.frame)

    @property
    def classes(self) -> Classes:
        """The classes that the label numbers stand for."""
        return _classes_of(self.meta)

    @property
    def run(self) -> dict[str, Any]:
        """The resolved parameters of the run of the table, `{}` if it has no run."""
        run: dict[str, Any] = self.meta.get("run", {})
        return run

    def with_meta(self, meta: dict[str, Any]) -> "Table":
        """The same rows with other metadata."""
        return Table(self.frame, meta)


def data_set(run: Mapping[str, Any]) -> str:
    """Name the data set of a run for readers, such as `cifar10` or `folder birds`.

    Args:
        run: The resolved parameters of the run.

    Returns:
        The data set's name, and its path if it has one.
    """
    data = run["data"]
    return " ".join(data[key] for key in ("name", "path") if key in data)


def class_metadata(classes: Classes) -> dict[str, Any]:
    """Make the metadata entries for the classes of a table."""
    return {"classes": list(classes.keys), "labels": list(classes.labels)}


def run_metadata(
    classes: Classes, run: Mapping[str, Any], made_by: Mapping[str, str]
) -> dict[str, Any]:
    """Make the metadata of a table of a run.

    Args:
        classes: The classes.
        run: The resolved parameters.
        made_by: The versions, the device and the precision.

    Returns:
        The metadata; `made_by` also holds the seed of the run.
    """
    return {
        **class_metadata(classes),
        "run": run,
        "made_by": {**made_by, "seed": run["seed"]},
    }


def write(
    path: Path, kind: str, columns: Mapping[str, Any] | pd.DataFrame, meta: Mapping[str, Any]
) -> None:
    """Write a table atomically.

    Args:
        path: The file.
        kind: The kind of table, a key of `COLUMNS`.
        columns: The columns by name.
        meta: The metadata, JSON values.

    Raises:
        BadInput: The file cannot be written.
    """
    fields = COLUMNS[kind]
    arrays = {}
    for name, field in fields.items():
        arrays[name] = _array(columns[name], field)
    for name, field in OPTIONAL.get(kind, {}).items():
        if name in columns:
            arrays[name] = _array(columns[name], field)
    write_arrow(path, pa.table(arrays), meta)


def _array(column: Any, kind: pa.DataType) -> pa.Array:
    """A column as an Arrow array; the values of a dictionary type are encoded in a second step."""
    if pa.types.is_dictionary(kind):
        return pa.array(column, kind.value_type).cast(kind)
    return pa.array(column, kind)


def write_arrow(
    path: Path, table: pa.Table, meta: Mapping[str, Any], rows_at_once: int = ROWS_AT_ONCE
) -> None:
    """Write an Arrow table atomically, compressed with zstd.

    Args:
        path: The file.
        table: The table.
        meta: The metadata, JSON values.
        rows_at_once: The number of rows that are encoded at once.

    Raises:
        BadInput: The file cannot be written.
    """
    encoded = {key: json.dumps(value) for key, value in meta.items()}
    table = table.replace_schema_metadata(encoded)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_batch_size=rows_at_once)


def write_with_csv(path: Path, frame: pd.DataFrame, meta: Mapping[str, Any]) -> None:
    """Write a frame as `.parquet` and as `.csv`.

    Args:
        path: The files without their suffix.
        frame: The rows.
        meta: The metadata of the parquet file, JSON values.

    Raises:
        BadInput: A file cannot be written.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    write_arrow(path.with_name(f"{path.name}.parquet"), table, meta)
    write_text(path.with_name(f"{path.name}.csv"), frame.to_csv(index=False))


def read(path: Path, kind: str, classes: Classes | None = None) -> Table:
    """Read a table.

    Args:
        path: The file.
        kind: The kind of table, a key of `COLUMNS`.
        classes: The classes that the table must have, None for any.

    Returns:
        The table.

    Raises:
        BadInput: The file is absent or not a parquet file, lacks a column or a metadata entry, or
            has other classes.
    """
    table, meta = read_arrow(path, list(COLUMNS[kind]), METADATA[kind])
    check_classes(path, meta, classes)
    frame = table.to_pandas(split_blocks=True)  # copies nothing if each column is one chunk
    return Table(frame, meta)


def check_classes(path: Path, meta: Mapping[str, Any], expected: Classes | None) -> None:
    """Check the classes of a table.

    Args:
        path: The file of the table, for the error.
        meta: Its metadata.
        expected: The classes that it must have, None for any.

    Raises:
        BadInput: The table has other classes.
    """
    if expected is not None and tuple(meta["classes"]) != expected.keys:
        raise BadInput(
            f"{path}: classes {', '.join(meta['classes'])}, expected {', '.join(expected.keys)}"
        )


def read_arrow(
    path: Path,
    columns: Collection[str],
    entries: Collection[str] = ("classes", "labels"),
    rows: bool = True,
) -> tuple[pa.Table, dict[str, Any]]:
    """Read a parquet file as an Arrow table.

    Args:
        path: The file.
        columns: Columns that it must have; it may have others.
        entries: Metadata entries that it must have; it may have others.
        rows: Whether to read the rows; otherwise the table is empty.

    Returns:
        The table, and its metadata decoded from JSON.

    Raises:
        BadInput: The file is absent or not a parquet file, lacks a column or a metadata entry, or
            its metadata are not those of a table of this package.
    """
    input_files.check_regular(path)
    try:
        with pq.ParquetFile(path) as file:
            if rows:
                check_size(file, path)
            table = file.read() if rows else file.schema_arrow.empty_table()
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"{path}: not a readable parquet table ({_first_line(error)})") from error
    try:
        meta = metadata.decode(table.schema.metadata or {})
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    missing = [name for name in columns if name not in table.column_names]
    missing += [f"metadata {name!r}" for name in entries if name not in meta]
    if missing:
        raise BadInput(
            f"{path}: lacks {', '.join(missing)}; found columns {', '.join(table.column_names)}"
        )
    return table, meta


def _first_line(error: Exception) -> str:
    """The first line of an error, or its type if it has no text."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def check_size(file: pq.ParquetFile, path: Path | str) -> None:
    """Check the memory that a parquet file would take, by what its footer states.

    Args:
        file: The file, whose rows are not read yet.
        path: Its name, for the error.

    Raises:
        BadInput: It would take too much for its size.
    """
    footer = file.metadata
    unpacked = 0
    packed = footer.serialized_size
    for group in range(footer.num_row_groups):
        for place in range(footer.num_columns):
            chunk = footer.row_group(group).column(place)
            width = WIDTHS.get(chunk.physical_type) or footer.schema.column(place).length
            unpacked += max(chunk.total_uncompressed_size, chunk.num_values * width)
            packed += chunk.total_compressed_size
    input_files.check_unpacked(path, unpacked, packed)


def read_folder(folder: Path, kind: str) -> dict[str, Table]:
    """Read the tables of a folder.

    Args:
        folder: The folder.
        kind: The kind of the tables, a key of `COLUMNS`.

    Returns:
        The tables by the name of their file without its suffix, sorted.

    Raises:
        BadInput: There is no such folder, or a table cannot be read.
    """
    return {path.stem: read(path, kind) for path in paths(folder, kind)}


def paths(folder: Path, kind: str) -> list[Path]:
    """The files of the tables of a folder, sorted.

    Args:
        folder: The folder.
        kind: The kind of the tables, for the error.

    Raises:
        BadInput: There is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder, expected one of {kind} tables")
    return sorted(folder.glob("*.parquet"))


def write_images(
    path: Path,
    splits: Mapping[str, tuple[np.ndarray, np.ndarray]],
    meta: Mapping[str, Any],
    paths: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the image table, and the digest of its images in its metadata.

    Args:
        path: The file.
        splits: Pixels (n, C, H, W) uint8 and labels (n,) by split, in the order of the rows.
        meta: The metadata, JSON values.
        paths: The paths of the images' files within the data set, by split; None or {} to write no
            column of them.

    Raises:
        BadInput: The file cannot be written.
    """
    names = []
    rows = []
    labels = []
    for split, (split_pixels, split_labels) in splits.items():
        names += [split] * len(split_labels)
        rows.append(split_pixels)
        labels.append(split_labels)
        shape = split_pixels.shape[1:]  # (C, H, W), the same for all splits
    row_bytes = int(np.prod(shape))
    rows_at_once = min(ROWS_AT_ONCE, max(1, BYTES_AT_ONCE // row_bytes))
    kind = pa.binary(row_bytes)
    parts = _parts(rows, rows_at_once)
    images = pa.chunked_array([_binary(part, kind) for part in parts], kind)
    columns = {
        "split": pa.array(names),
        "label": pa.array(np.concatenate(labels), pa.int16()),
        "image": images,
    }
    if paths:
        columns["path"] = pa.array([name for split in splits for name in paths[split]], pa.string())
    entries = {**meta, "shape": list(shape), IMAGES: _images_digest(splits)}
    write_arrow(path, pa.table(columns), entries, rows_at_once)


def _images_digest(splits: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """A hash of the pixels and labels of all splits."""
    content = blake2b(digest_size=12)
    for split, (pixels, labels) in splits.items():
        content.update(json.dumps([split, pixels.shape]).encode())
        content.update(np.ascontiguousarray(labels, "<i8").data)
        content.update(np.ascontiguousarray(pixels, np.uint8).data)
    return content.hexdigest()


def images_metadata(path: Path) -> dict[str, str]:
    """Make the metadata entry of a table that is made of the images of an image table.

    Args:
        path: The image table.

    Returns:
        The digest of its images; {} for an image table of an older version, which has none.

    Raises:
        BadInput: The file cannot be read.
    """
    _, meta = read_arrow(path, [], (), rows=False)
    return {IMAGES: meta[IMAGES]} if meta.get(IMAGES) else {}


def visible_channels(image: np.ndarray) -> np.ndarray:
    """The channels of an image that a picture shows: the first three, or one if it has fewer.

    Args:
        image: (C, H, W).

    Returns:
        (3, H, W), or (1, H, W) if C is 1 or 2.
    """
    return image[:3] if len(image) >= 3 else image[:1]


def _parts(arrays: Sequence[np.ndarray], rows_at_once: int) -> list[np.ndarray]:
    """The rows of some arrays as parts that give one file wherever the arrays begin.

    Each part but the last has a multiple of the rows that Arrow encodes at once. Only rows around
    the end of an array are copied.
    """
    parts = []
    rest = arrays[0][:0]
    for array in arrays:
        missing = -len(rest) % rows_at_once
        if len(rest):
            rest = np.concatenate([rest, array[:missing]])
        if len(rest) % rows_at_once:
            continue
        parts.append(rest)
        end = missing + (len(array) - missing) // rows_at_once * rows_at_once
        parts.append(array[missing:end])
        rest = array[end:]
    return [part for part in (*parts, rest) if len(part)]


def _binary(rows: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Pixels (n, C, H, W) as an Arrow array of n values, not copied if they are in C order."""
    buffer = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(rows), [None, buffer])


def read_image_paths(path: Path, split: str) -> list[str]:
    """Read the paths of the images' files from an image table.

    Args:
        path: The image table.
        split: The split.

    Returns:
        The path of each image of the split within the data set; [] if the table has none.

    Raises:
        BadInput: The file cannot be read.
    """
    empty, _ = read_arrow(path, ["split"], rows=False)
    if "path" not in empty.column_names:
        return []
    table = pq.read_table(path, columns=["split", "path"])
    paths: list[str] = table.filter(pc.equal(table["split"], split))["path"].to_pylist()
    return paths


def read_notes(path: Path) -> list[str]:
    """Read the sentences of an image table on what was taken for granted, or left out.

    Args:
        path: The image table.

    Raises:
        BadInput: The file cannot be read.
    """
    _, meta = read_arrow(path, [], rows=False)
    return list(meta.get("notes", []))


def read_images(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the images of a split from an image table.

    Args:
        path: The file.
        split: The split.

    Returns:
        Pixels (n, C, H, W) uint8 and labels (n,) int64.

    Raises:
        BadInput: The file cannot be read, or has no images of the split.
    """
    table, meta = read_arrow(path, ["split", "label", "image"], ("classes", "labels", "shape"))
    rows = table.filter(pc.equal(table["split"], split)).combine_chunks()
    if not len(rows):
        splits = ", ".join(table["split"].unique().to_pylist())
        raise BadInput(f"{path}: no images of split {split!r}, found {splits}")
    image = rows["image"].chunk(0)
    size = image.type.byte_width
    pixels = np.frombuffer(image.buffers()[1], np.uint8, len(rows) * size, image.offset * size)
    labels = rows["label"].to_numpy().astype(np.int64)
    return pixels.reshape(len(rows), *meta["shape"]).copy(), labels


def read_classes(path: Path, expected: Classes | None = None) -> Classes:
    """Read the classes of a table without its rows.

    Args:
        path: The file.
        expected: The classes that it must have, None for any.

    Returns:
        The classes.

    Raises:
        BadInput: The file cannot be read, has no classes, or has other classes.
    """
    _, meta = read_arrow(path, [], rows=False)
    check_classes(path, meta, expected)
    return _classes_of(meta)


def _classes_of(meta: Mapping[str, Any]) -> Classes:
    """The classes in the metadata of a table."""
    keys = tuple(meta["classes"])
    labels = tuple(meta["labels"])
    return Classes(keys, labels)
