"""Rows of `image`, `label` and `split` in a parquet file; or a folder of such files, as Hugging Face's data sets are
kept: `train*.parquet`, `test*.parquet`, at any depth, without `split`.

An image is the bytes of an image file, alone or as `bytes` of a struct beside its `path`; or raw pixels, where the file
is an image table of ours. A label is a whole number, whose name the metadata may say, or a text.
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
from interference.datasets.labelling import numbered, shown
from interference.datasets.pictures import Found, Picture, of_array, opened
from interference.errors import BadInput
from interference.io.tables import read_arrow

SPLITS = ("train", "test")
SHOWN = 5  # other splits that an error names


def read(place: Path) -> Found:
    """The rows of a file or a folder; raises `BadInput` where a column, a split or the images' bytes are missing."""
    tables, meta = _folder(place) if place.is_dir() else _file(place)
    labels = {
        split: _labels(table["label"], f"{place}: {split}") for split, table in tables.items()
    }
    classes, numbers = numbered(labels, str(place), _classes(meta, str(place)))
    return Found(
        classes,
        {
            split: [
                Picture(
                    f"{place}: {split} row {row}",
                    partial(_image, image, row, int(label), meta.get("shape")),
                )
                for row, label in enumerate(numbers[split])
            ]
            for split, table in tables.items()
            for image in [_encoded(table["image"], str(place))]
        },
    )


def _file(place: Path) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    table, meta = read_arrow(place, ["split", "label", "image"], ())
    found = pc.unique(table["split"]).to_pylist()
    others = [str(split) for split in found if split not in SPLITS]
    missing = [split for split in SPLITS if split not in found]
    if missing:
        raise BadInput(
            f"{place}: no rows of split {' or '.join(missing)}, found {', '.join(map(str, found))}"
        )
    if others:
        raise BadInput(
            f"{place}: split: found {', '.join(others[:SHOWN])}, allowed: {' and '.join(SPLITS)}"
        )
    return {split: table.filter(pc.equal(table["split"], split)) for split in SPLITS}, meta


def _folder(place: Path) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    tables, meta = {}, {}
    for split in SPLITS:
        files = sorted(place.rglob(f"{split}*.parquet"))
        if not files:
            raise BadInput(f"{place}: no files {split}*.parquet, allowed: those of train and test")
        parts, metas = zip(
            *(read_arrow(file, ["label", "image"], ()) for file in files), strict=True
        )
        tables[split], meta = (
            pa.concat_tables([part.select(["label", "image"]) for part in parts]),
            metas[0],
        )
    return tables, meta


def _classes(meta: Mapping[str, Any], where: str) -> Classes | None:
    """The classes that the metadata name, as our tables do or as Hugging Face's; None where they do not."""
    if "classes" in meta and "labels" in meta:
        return Classes(tuple(meta["classes"]), tuple(meta["labels"]))
    feature = meta.get("huggingface", {}).get("info", {}).get("features", {}).get("label", {})
    return shown(feature["names"], where) if "names" in feature else None


def _labels(column: pa.ChunkedArray, where: str) -> np.ndarray:
    if column.null_count:
        raise BadInput(f"{where}: {column.null_count} labels are missing")
    return np.array(column.to_pylist())


def _encoded(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """The column of the images' bytes."""
    found = column.type
    if pa.types.is_struct(found) and found.get_field_index("bytes") >= 0:
        column = pc.struct_field(column, "bytes")
    if not (
        pa.types.is_binary(column.type)
        or pa.types.is_large_binary(column.type)
        or pa.types.is_fixed_size_binary(column.type)
    ):
        raise BadInput(
            f"{where}: column image is {found}, allowed: bytes of image files, or a struct with them as "
            "`bytes`"
        )
    return column


def _image(
    column: pa.ChunkedArray, row: int, label: int, shape: list[int] | None
) -> tuple[Image.Image, int]:
    """The image of a row; `shape` (C, H, W) is that of raw pixels, and None of an image file's bytes."""
    content = column[row].as_py()
    if shape is None:
        return opened(BytesIO(content), label)
    pixels = np.frombuffer(content, np.uint8).reshape(shape)
    return of_array(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0), label)
