"""Reads images and labels from parquet files.

The data set is one file with the columns `image`, `label` and `split`; or a folder of files without
`split`, as Hugging Face keeps its data sets: `train*.parquet` and `test*.parquet`, at any depth.

An image is the content of an image file, as bytes or as field `bytes` of a struct; in an image
table of this package it is raw pixels. A label is a text, or a whole number whose name may stand in
the metadata.
"""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from interference.classes import Classes
from interference.datasets.labelling import classes_of_labels, number_labels
from interference.datasets.pictures import Picture, Pictures, image_of_array, open_image
from interference.errors import BadInput
from interference.io.metadata import class_label_names
from interference.io.tables import read_arrow

SPLITS = ("train", "test")
SHOWN = 5  # unknown splits that an error names


def read(place: Path) -> Pictures:
    """Read a parquet file, or a folder of such files.

    Args:
        place: The file or folder.

    Returns:
        The classes and pictures.

    Raises:
        BadInput: A column, a split or an image is missing, or a label is not among the classes.
    """
    tables, meta = _folder(place) if place.is_dir() else _file(place)
    labels = {}
    for split, table in tables.items():
        labels[split] = _labels(table["label"], f"{place}: {split}")
    classes, numbers = number_labels(labels, str(place), _classes(meta, str(place)))
    shape = meta.get("shape")
    splits = {}
    for split, table in tables.items():
        images = _image_bytes(table["image"], str(place))
        paths = _paths(table)
        splits[split] = [
            Picture(
                f"{place}: {split} row {row}",
                partial(_image, images, row, int(label), shape),
                paths[row],
            )
            for row, label in enumerate(numbers[split])
        ]
    return Pictures(classes, splits)


def _file(place: Path) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The rows of a file by split, and its metadata."""
    table, meta = read_arrow(place, ["split", "label", "image"], ())
    names = pc.unique(table["split"]).to_pylist()
    missing = [split for split in SPLITS if split not in names]
    if missing:
        raise BadInput(
            f"{place}: no rows of split {' or '.join(missing)}, found "
            f"{', '.join(str(name) for name in names)}"
        )
    others = [str(name) for name in names if name not in SPLITS]
    if others:
        raise BadInput(
            f"{place}: split: found {', '.join(others[:SHOWN])}, allowed: {' and '.join(SPLITS)}"
        )
    tables = {split: table.filter(pc.equal(table["split"], split)) for split in SPLITS}
    return tables, meta


def _folder(place: Path) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The rows of all files of a folder by split, and the metadata of its first test file."""
    tables = {}
    meta: dict[str, Any] = {}
    for split in SPLITS:
        files = sorted(place.rglob(f"{split}*.parquet"))
        if not files:
            raise BadInput(f"{place}: no files {split}*.parquet, allowed: those of train and test")
        parts = [read_arrow(file, ["label", "image"], ()) for file in files]
        columns = [table.select(["label", "image"]) for table, _ in parts]
        tables[split] = pa.concat_tables(columns)
        _, meta = parts[0]
    return tables, meta


def _classes(meta: Mapping[str, Any], where: str) -> Classes | None:
    """The classes in the metadata of our tables or of Hugging Face's; None if there are none."""
    if "classes" in meta and "labels" in meta:
        return Classes(tuple(meta["classes"]), tuple(meta["labels"]))
    names = class_label_names(meta, "label")
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


def _paths(table: pa.Table) -> list[str]:
    """The path of each image: `path` of a struct, or the column `path` of an image table."""
    kind = table["image"].type
    if pa.types.is_struct(kind) and kind.get_field_index("path") >= 0:
        column = pc.struct_field(table["image"], "path")
    elif "path" in table.column_names:
        column = table["path"]
    else:
        return [""] * len(table)
    if not pa.types.is_string(column.type):
        return [""] * len(table)
    return [path or "" for path in column.to_pylist()]


def _image(
    column: pa.ChunkedArray, row: int, label: int, shape: list[int] | None
) -> tuple[Image.Image, int]:
    """The image of a row. `shape` (C, H, W) is that of raw pixels, or None for an image file."""
    content = column[row].as_py()
    if shape is None:
        return open_image(BytesIO(content), label)
    pixels = np.frombuffer(content, np.uint8).reshape(shape)
    channels_last = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    return image_of_array(channels_last, label)
