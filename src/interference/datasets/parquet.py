"""Reads images and labels from parquet files.

The data set is one file with the columns `image`, `label` and `split`; or a folder of files without
`split`, as Hugging Face keeps its data sets: `train*.parquet` and `test*.parquet`, at any depth.
Other usual names are known: of columns those in `COLUMNS`, of splits those of `split_names`.

An image is the content of an image file, as bytes or as field `bytes` of a struct; in an image
table of this package it is raw pixels. A label is a text, or a whole number whose name may stand in
the metadata.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from interference.classes import Classes
from interference.datasets import split_names
from interference.datasets.labelling import classes_of_labels, number_labels
from interference.datasets.pictures import Picture, Pictures, image_of_array, open_image
from interference.errors import BadInput
from interference.io.metadata import class_label_names
from interference.io.tables import read_arrow

SPLITS = ("train", "test")
COLUMNS = {  # the names of columns in public data sets; earlier ones are taken before later ones
    "image": ("image", "img"),
    "label": ("label", "labels", "fine_label"),
}
SHOWN = 5  # unknown splits that an error names


def read(place: Path, label: str | None = None) -> Pictures:
    """Read a parquet file, or a folder of such files.

    Args:
        place: The file or folder.
        label: The column of the labels; None for its usual names.

    Returns:
        The classes and pictures.

    Raises:
        BadInput: A column, a split or an image is missing, or a label is not among the classes.
    """
    read_splits = _folder if place.is_dir() else _file
    parts, notes = read_splits(place, label)
    labels = {}
    for split, part in parts.items():
        labels[split] = _labels(part.labels, f"{place}: {split}")
    last = parts[SPLITS[-1]]
    classes = _classes(last.meta, last.label_name, str(place))
    classes, numbers = number_labels(labels, str(place), classes)
    shape = last.meta.get("shape")
    splits = {}
    for split, part in parts.items():
        images = _image_bytes(part.images, str(place))
        paths = _paths(part)
        splits[split] = [
            Picture(
                f"{place}: {split} row {row}",
                partial(_image, images, row, int(number), shape),
                paths[row],
            )
            for row, number in enumerate(numbers[split])
        ]
    return Pictures(classes, splits, notes)


@dataclass(frozen=True)
class Part:
    """The rows of a split.

    Attributes:
        images: The column of images.
        labels: The column of labels.
        label_name: The name of the latter.
        paths: The column `path`, None if there is none.
        meta: The metadata of the file.
    """

    images: pa.ChunkedArray
    labels: pa.ChunkedArray
    label_name: str
    paths: pa.ChunkedArray | None
    meta: Mapping[str, Any]

    @classmethod
    def of(
        cls, table: pa.Table, meta: Mapping[str, Any], label: str | None, where: str
    ) -> tuple["Part", list[str]]:
        """The rows of a table, and notes on columns of other names."""
        image_name, notes = _column(table, "image", None, where)
        label_name, label_notes = _column(table, "label", label, where)
        paths = table["path"] if "path" in table.column_names else None
        part = cls(table[image_name], table[label_name], label_name, paths, meta)
        return part, [*notes, *label_notes]


def _column(table: pa.Table, key: str, given: str | None, where: str) -> tuple[str, list[str]]:
    """The name of the column for a key, and a note if it is not the key itself."""
    if given is not None:
        if given not in table.column_names:
            raise BadInput(
                f"{where}: data.label: found {given!r}, allowed: one of its columns "
                f"{', '.join(table.column_names)}"
            )
        return given, []
    names = [name for name in COLUMNS[key] if name in table.column_names]
    if not names:
        columns = ", ".join(table.column_names)
        raise BadInput(f"{where}: lacks {key}; found columns {columns}")
    first = names[0]
    return first, [] if first == key else [f"took column {first} for {key}"]


def _file(place: Path, label: str | None) -> tuple[dict[str, Part], list[str]]:
    """The rows of a file by split, and notes for the user."""
    table, meta = read_arrow(place, ["split"], ())
    whole, notes = Part.of(table, meta, label, str(place))
    values = pc.unique(table["split"]).to_pylist()
    taken = split_names.taken([str(value) for value in values if value is not None])
    missing = [split for split in SPLITS if split not in taken.names]
    if missing:
        raise BadInput(
            f"{place}: no rows of split {' or '.join(missing)}, found "
            f"{', '.join(str(value) for value in values)}"
        )
    known = [name for names in split_names.NAMES.values() for name in names]
    others = [str(value) for value in values if str(value).lower() not in known]
    if others:
        raise BadInput(
            f"{place}: split: found {', '.join(others[:SHOWN])}, allowed: {' and '.join(SPLITS)}"
        )
    columns = {"image": whole.images, "label": whole.labels}
    if whole.paths is not None:
        columns["path"] = whole.paths
    rows = pa.table(columns)
    parts = {}
    for split in SPLITS:
        chosen = rows.filter(pc.equal(table["split"], taken.names[split]))
        paths = chosen["path"] if whole.paths is not None else None
        parts[split] = replace(whole, images=chosen["image"], labels=chosen["label"], paths=paths)
    return parts, [*notes, *taken.notes]


def _folder(place: Path, label: str | None) -> tuple[dict[str, Part], list[str]]:
    """The rows of all files of a folder by split, and notes for the user."""
    all_files = sorted(place.rglob("*.parquet"))
    parts = {}
    notes: list[str] = []
    used: list[Path] = []
    for split in SPLITS:
        files = _files(all_files, split, place, notes)
        used += files
        of_files = []
        for file in files:
            part, column_notes = Part.of(*read_arrow(file, [], ()), label, str(file))
            of_files.append(part)
            notes += column_notes
        parts[split] = _joined(of_files)
    others = [file for file in all_files if file not in used]
    if others:
        noun = "file" if len(others) == 1 else "files"
        first = others[0].relative_to(place)
        notes.append(f"passed over {len(others)} parquet {noun} of other splits ({first})")
    return parts, list(dict.fromkeys(notes))


def _files(all_files: Sequence[Path], split: str, place: Path, notes: list[str]) -> list[Path]:
    """The files of a split, whose names begin with one of its names."""
    for name in split_names.NAMES[split]:
        pattern = re.compile(name if name == split else rf"{name}(?![a-z])", re.IGNORECASE)
        files = [file for file in all_files if pattern.match(file.name)]
        if files:
            if name != split:
                notes.append(f"took {name}*.parquet for the split {split}")
            return files
    raise BadInput(f"{place}: no files {split}*.parquet, allowed: those of train and test")


def _joined(parts: Sequence[Part]) -> Part:
    """The rows of several files as one part, with the metadata of the first."""
    first = parts[0]
    paths = None
    if all(part.paths is not None for part in parts):
        paths = _one_column([part.paths for part in parts])
    return replace(
        first,
        images=_one_column([part.images for part in parts]),
        labels=_one_column([part.labels for part in parts]),
        paths=paths,
    )


def _one_column(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    tables = [pa.table({"column": column}) for column in columns]
    return pa.concat_tables(tables)["column"]


def _classes(meta: Mapping[str, Any], label: str, where: str) -> Classes | None:
    """The classes in the metadata of our tables or of Hugging Face's; None if there are none."""
    if "classes" in meta and "labels" in meta:
        return Classes(tuple(meta["classes"]), tuple(meta["labels"]))
    names = class_label_names(meta, label)
    return classes_of_labels(names, where) if names else None


def _labels(column: pa.ChunkedArray, where: str) -> np.ndarray:
    """The labels (n,), whole numbers or texts; raises `BadInput` if one is missing."""
    if column.null_count:
        raise BadInput(
            f"{where}: {column.null_count} labels are missing, expected one in every row"
        )
    if pa.types.is_nested(column.type):
        raise BadInput(f"{where}: column label is {column.type}, allowed: numbers or texts")
    return np.array(column.to_pylist())


def _image_bytes(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """The column of the images' bytes; raises `BadInput` if it holds something else."""
    kind = column.type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        column = pc.struct_field(column, "bytes")
    checks = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    if not any(is_kind(column.type) for is_kind in checks):
        raise BadInput(
            f"{where}: column image is {kind}, allowed: bytes of image files, or a struct with "
            "them as `bytes`"
        )
    return column


def _paths(part: Part) -> list[str]:
    """The path of each image: `path` of a struct, or the column `path` of an image table."""
    kind = part.images.type
    column = part.paths
    if pa.types.is_struct(kind) and kind.get_field_index("path") >= 0:
        column = pc.struct_field(part.images, "path")
    if column is None or not pa.types.is_string(column.type):
        return [""] * len(part.images)
    return [path or "" for path in column.to_pylist()]


def _image(
    column: pa.ChunkedArray, row: int, label: int, shape: list[int] | None
) -> tuple[Image.Image | np.ndarray, int]:
    """The image of a row. `shape` (C, H, W) is that of raw pixels, or None for an image file."""
    content = column[row].as_py()
    if shape is None:
        return open_image(BytesIO(content), label)
    pixels = np.frombuffer(content, np.uint8).reshape(shape)
    channels_last = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    return image_of_array(channels_last, label)
