"""The parquet tables: columns, types and metadata of each, read and written in one place.

A table's schema carries JSON metadata: `classes` (keys in label order), `labels` (shown), `run` (the resolved
parameters) and `made_by` (versions, device, precision), and whatever the table needs besides.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from interference.classes import Classes
from interference.errors import BadInput
from interference.io.files import replacing

_CELL = {
    "label": pa.int16(),
    "predicted": pa.int16(),
    "count": pa.int32(),
    "loss_sum": pa.float64(),
}

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "counts": {
        "epoch": pa.int16(),
        "split": pa.dictionary(pa.int8(), pa.string()),
        **_CELL,
    },  # the longest
    "cctm": {"split": pa.string(), **_CELL},
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

METADATA: dict[str, tuple[str, ...]] = dict.fromkeys(
    COLUMNS, ("classes", "labels", "run", "made_by")
)
METADATA["surfaces"] += ("edge", "pair", "scale", "batch_norm", "split", "images", "grams")


@dataclass(frozen=True)
class Table:
    """A table in memory: its rows, and what the metadata of its file says."""

    frame: pd.DataFrame
    meta: dict[str, Any]

    @property
    def classes(self) -> Classes:
        """The classes that the labels count."""
        return Classes(tuple(self.meta["classes"]), tuple(self.meta["labels"]))

    @property
    def run(self) -> dict[str, Any]:
        """The resolved parameters of the run that the table comes from, `{}` where there is none."""
        run: dict[str, Any] = self.meta.get("run", {})
        return run


def data_set(run: Mapping[str, Any]) -> str:
    """The data set that a run was trained on, as readers see it: `cifar10`, `folder birds`."""
    return " ".join(run["data"][key] for key in ("name", "path") if key in run["data"])


def class_metadata(classes: Classes) -> dict[str, Any]:
    """The metadata that says which classes a table speaks of."""
    return {"classes": list(classes.keys), "labels": list(classes.labels)}


def run_metadata(
    classes: Classes, run: Mapping[str, Any], made_by: Mapping[str, str]
) -> dict[str, Any]:
    """The metadata of whatever is made of a run: its classes, its resolved parameters, and what made it."""
    return {**class_metadata(classes), "run": run, "made_by": {**made_by, "seed": run["seed"]}}


def write(
    path: Path, kind: str, columns: Mapping[str, Any] | pd.DataFrame, meta: Mapping[str, Any]
) -> None:
    """Write a table of one of the `COLUMNS` kinds, atomically; `meta` holds JSON values."""
    fields = COLUMNS[kind]
    table = pa.table({name: _array(columns[name], fields[name]) for name in fields})
    write_arrow(path, table, meta)


def _array(column: Any, kind: pa.DataType) -> pa.Array:
    """A column as Arrow holds it; NumPy's words become numbers of words in a second step."""
    return (
        pa.array(column, kind.value_type).cast(kind)
        if pa.types.is_dictionary(kind)
        else pa.array(column, kind)
    )


def write_arrow(path: Path, table: pa.Table, meta: Mapping[str, Any]) -> None:
    """Write an Arrow table with JSON metadata, zstd-compressed, atomically."""
    table = table.replace_schema_metadata({key: json.dumps(value) for key, value in meta.items()})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read(path: Path, kind: str, classes: Classes | None = None) -> Table:
    """Read a table of one of the `COLUMNS` kinds.

    Raises `BadInput` where the file is absent or no parquet, lacks a column or a piece of metadata, or (where `classes`
    is given) speaks of other classes.
    """
    table, meta = read_arrow(path, list(COLUMNS[kind]), METADATA[kind])
    check_classes(path, meta, classes)
    return Table(
        table.to_pandas(split_blocks=True), meta
    )  # of one chunk a column: nothing is copied


def check_classes(path: Path, meta: Mapping[str, Any], expected: Classes | None) -> None:
    """Raise `BadInput` where a table speaks of other classes than those that are expected, if any are."""
    if expected is not None and tuple(meta["classes"]) != expected.keys:
        raise BadInput(
            f"{path}: classes {', '.join(meta['classes'])}, expected {', '.join(expected.keys)}"
        )


def read_arrow(
    path: Path,
    columns: Collection[str],
    metadata: Collection[str] = ("classes", "labels"),
    rows: bool = True,
) -> tuple[pa.Table, dict[str, Any]]:
    """An Arrow table with at least these columns and metadata (decoded); raises `BadInput` as `read` does."""
    try:
        with pq.ParquetFile(path) as file:
            table = file.read() if rows else file.schema_arrow.empty_table()
        meta = {
            key.decode(): json.loads(value)
            for key, value in (table.schema.metadata or {}).items()
            if key not in (b"pandas", b"ARROW:schema")
        }
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: not a readable parquet table ({str(error).splitlines()[0]})"
        ) from error
    missing = [name for name in columns if name not in table.column_names]
    missing += [f"metadata {name!r}" for name in metadata if name not in meta]
    if missing:
        raise BadInput(
            f"{path}: lacks {', '.join(missing)}; found columns {', '.join(table.column_names)}"
        )
    return table, meta


def read_folder(folder: Path, kind: str) -> dict[str, Table]:
    """The tables of a folder by their file's stem, sorted; raises `BadInput` where there is no such folder."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder, expected one of {kind} tables")
    return {path.stem: read(path, kind) for path in sorted(folder.glob("*.parquet"))}


def write_images(
    path: Path, splits: Mapping[str, tuple[np.ndarray, np.ndarray]], meta: Mapping[str, Any]
) -> None:
    """Write the image table: `splits` names pixels (n, C, H, W) uint8 and labels (n,), in the order of the rows."""
    shape = next(iter(splits.values()))[0].shape[1:]
    pixels = np.concatenate(
        [pixels.reshape(len(pixels), -1) for pixels, _ in splits.values()]
    )  # (N, C H W)
    kind = pa.binary(pixels.shape[1])
    table = pa.table(
        {
            "split": pa.array([split for split, (_, labels) in splits.items() for _ in labels]),
            "label": pa.array(
                np.concatenate([labels for _, labels in splits.values()]), pa.int16()
            ),
            "image": pa.FixedSizeBinaryArray.from_buffers(
                kind, len(pixels), [None, pa.py_buffer(pixels)]
            ),
        }
    )
    write_arrow(path, table, {**meta, "shape": list(shape)})


def read_images(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, C, H, W) uint8 and labels (n,) int64 of one split of an image table; raises as `read` does."""
    table, meta = read_arrow(path, ["split", "label", "image"], ("classes", "labels", "shape"))
    rows = table.filter(pc.equal(table["split"], split)).combine_chunks()
    if not len(rows):
        raise BadInput(
            f"{path}: no images of split {split!r}, found {', '.join(table['split'].unique().to_pylist())}"
        )
    image = rows["image"].chunk(0)
    size = image.type.byte_width
    pixels = np.frombuffer(image.buffers()[1], np.uint8, len(rows) * size, image.offset * size)
    return pixels.reshape(len(rows), *meta["shape"]).copy(), rows["label"].to_numpy().astype(
        np.int64
    )


def read_classes(path: Path, expected: Classes | None = None) -> Classes:
    """The classes that a table speaks of, without its rows; raises `BadInput` as `read` does."""
    _, meta = read_arrow(path, [], rows=False)
    check_classes(path, meta, expected)
    return Classes(tuple(meta["classes"]), tuple(meta["labels"]))
