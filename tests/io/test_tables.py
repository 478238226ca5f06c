from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interference import confusion
from interference.classes import Classes
from interference.errors import BadInput
from interference.io import tables

LETTERS = Classes(("a", "b", "c"), ("alpha", "beta", "gamma"))
COUNTS = np.arange(18).reshape(2, 3, 3)
META = {
    **tables.class_metadata(LETTERS),
    "run": {"name": "toy", "setup": {"lr": 1e-05}},
    "made_by": {"numpy": "2"},
}


def written(path: Path, losses: np.ndarray = COUNTS / 3, name: str = "toy") -> Path:
    columns = confusion.columns(COUNTS, losses, epoch=[1, 2], split="test")
    tables.write(path, "counts", columns, META | {"run": META["run"] | {"name": name}})
    return path


def test_a_table_comes_back_with_its_types_and_metadata(tmp_path):
    table = tables.read(written(tmp_path / "deep" / "toy.parquet"), "counts", LETTERS)
    np.testing.assert_array_equal(confusion.from_frame(table.frame, 3, "epoch"), COUNTS)
    np.testing.assert_array_equal(
        confusion.from_frame(table.frame, 3, "epoch", value="loss_sum"), COUNTS / 3
    )
    assert set(table.frame["split"]) == {"test"}
    assert [table.frame[name].dtype for name in ("epoch", "label", "count")] == [
        np.int16,
        np.int16,
        np.int64,
    ]
    assert table.meta == META
    assert table.classes == LETTERS
    assert table.run["setup"]["lr"] == 1e-05


def test_a_frame_writes_what_its_columns_write(tmp_path):
    written(tmp_path / "columns.parquet")
    frame = tables.read(tmp_path / "columns.parquet", "counts").frame
    tables.write(tmp_path / "frame.parquet", "counts", frame.assign(more=1), META)
    pd.testing.assert_frame_equal(tables.read(tmp_path / "frame.parquet", "counts").frame, frame)


def test_a_split_takes_a_byte_a_row_in_memory_however_long_its_name(tmp_path):
    frame = tables.read(written(tmp_path / "toy.parquet"), "counts").frame
    assert frame["split"].cat.codes.dtype == np.int8
    assert frame["split"].unique().tolist() == ["test"]
    older = pq.read_table(tmp_path / "toy.parquet").cast(
        pa.schema(
            [
                (name, pa.string() if name == "split" else kind)
                for name, kind in tables.COLUMNS["counts"].items()
            ],
            metadata=pq.read_schema(tmp_path / "toy.parquet").metadata,
        )
    )
    pq.write_table(older, tmp_path / "words.parquet")
    words = tables.read(tmp_path / "words.parquet", "counts").frame
    pd.testing.assert_frame_equal(words.astype({"split": frame["split"].dtype}), frame)


def test_losses_that_are_not_finite_survive_a_file(tmp_path):
    losses = COUNTS / 3
    losses[1, 2, 0], losses[0, 0, 1] = np.nan, np.inf
    frame = tables.read(written(tmp_path / "toy.parquet", losses), "counts").frame
    np.testing.assert_array_equal(confusion.from_frame(frame, 3, "epoch", value="loss_sum"), losses)


def test_a_file_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"toy\.parquet: no such file"):
        tables.read(tmp_path / "toy.parquet", "counts")


def test_a_missing_column_is_bad_input_that_names_file_and_column(tmp_path):
    path = written(tmp_path / "toy.parquet")
    pq.write_table(pq.read_table(path).drop_columns(["loss_sum"]), path)
    with pytest.raises(
        BadInput, match=r"toy\.parquet: lacks loss_sum; found columns epoch, split, label"
    ):
        tables.read(path, "counts")


def test_missing_metadata_is_bad_input(tmp_path):
    path = written(tmp_path / "toy.parquet")
    pq.write_table(pq.read_table(path).replace_schema_metadata({"classes": '["a"]'}), path)
    with pytest.raises(BadInput, match=r"toy\.parquet: lacks metadata 'labels'"):
        tables.read(path, "counts")


@pytest.mark.parametrize("keys", [("a", "b"), ("b", "a", "c"), ("a", "b", "d")])
def test_a_table_of_other_classes_is_bad_input(tmp_path, keys):
    with pytest.raises(
        BadInput, match=rf"toy\.parquet: classes a, b, c, expected {', '.join(keys)}"
    ):
        tables.read(written(tmp_path / "toy.parquet"), "counts", Classes(keys, keys))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-9],
        lambda content: b"PAR1" + content[400:],
        lambda content: b"count,label\n1,2\n",
        lambda content: b"",
    ],
)
def test_a_corrupted_file_is_bad_input(tmp_path, spoil):
    path = written(tmp_path / "toy.parquet")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(BadInput, match=r"toy\.parquet: not a readable parquet table \(."):
        tables.read(path, "counts")


def test_spoilt_metadata_is_bad_input(tmp_path):
    path = written(tmp_path / "toy.parquet")
    pq.write_table(
        pq.read_table(path).replace_schema_metadata({"classes": "a, b", "labels": "[]"}), path
    )
    with pytest.raises(
        BadInput, match=r"toy\.parquet: metadata 'classes': found a text that is no JSON"
    ):
        tables.read(path, "counts")


@pytest.mark.parametrize(
    ("error", "seen"), [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), BadInput)]
)
def test_an_interrupted_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path, monkeypatch, error, seen
):
    def half(table, where, **_):
        Path(where).write_bytes(b"half")
        raise error

    path = written(tmp_path / "toy.parquet")
    before = path.read_bytes()
    monkeypatch.setattr(pq, "write_table", half)
    with pytest.raises(seen):
        written(path, COUNTS * 2.0)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_gives_its_tables_by_their_stems_and_one_that_is_absent_is_named(tmp_path):
    for name in ("two", "one"):
        written(tmp_path / f"{name}-cat-dog.parquet", name=name)
    found = tables.read_folder(tmp_path, "counts")
    assert list(found) == ["one-cat-dog", "two-cat-dog"]
    assert found["two-cat-dog"].run["name"] == "two"
    with pytest.raises(BadInput, match="absent: no such folder"):
        tables.read_folder(tmp_path / "absent", "counts")


def images(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 2, 4, 5), np.uint8), rng.integers(0, 3, n).astype(np.int16)


def test_images_come_back_split_by_split_in_their_order(tmp_path):
    splits = {"train": images(7, 0), "test": images(4, 1)}
    tables.write_images(tmp_path / "images.parquet", splits, tables.class_metadata(LETTERS))
    for split, (pixels, labels) in splits.items():
        back = tables.read_images(tmp_path / "images.parquet", split)
        np.testing.assert_array_equal(back[0], pixels)
        np.testing.assert_array_equal(back[1], labels)
        assert (back[0].dtype, back[1].dtype) == (np.uint8, np.int64)


def test_an_unknown_split_is_bad_input_that_names_the_splits(tmp_path):
    tables.write_images(
        tmp_path / "images.parquet", {"train": images(3, 0)}, tables.class_metadata(LETTERS)
    )
    with pytest.raises(BadInput, match=r"images\.parquet: no images of split 'test', found train"):
        tables.read_images(tmp_path / "images.parquet", "test")


def test_classes_are_read_without_the_rows(tmp_path):
    assert tables.read_classes(written(tmp_path / "toy.parquet")) == LETTERS
    (tmp_path / "no.parquet").write_bytes(b"no")
    with pytest.raises(BadInput, match=r"no\.parquet: not a readable parquet table"):
        tables.read_classes(tmp_path / "no.parquet")


@pytest.mark.parametrize("part", ["pixel", "label", "split", "shape"])
def test_the_digest_of_images_changes_with_every_part_of_them(tmp_path, part):
    pixels, labels = images(3, 0)
    other_pixels, other_labels = pixels.copy(), labels.copy()
    split = "train"
    if part == "pixel":
        other_pixels[2, 1, 3, 4] ^= 1
    elif part == "label":
        other_labels[2] += 1
    elif part == "split":
        split = "test"
    else:
        other_pixels = pixels.reshape(3, 2, 5, 4)
    contents = {"a": {"train": (pixels, labels)}, "b": {split: (other_pixels, other_labels)}}
    digests = []
    for name, splits in contents.items():
        tables.write_images(tmp_path / name, splits, tables.class_metadata(LETTERS))
        digests.append(tables.images_metadata(tmp_path / name)["images_digest"])
    assert digests[0] != digests[1]


def test_an_image_table_of_an_earlier_version_has_no_digest(tmp_path):
    assert tables.images_metadata(written(tmp_path / "toy.parquet")) == {}
