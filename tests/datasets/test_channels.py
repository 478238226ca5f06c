"""A claim a test: images of other channels, depths and names, and the memory that reading takes."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from interference import datasets
from interference.datasets import Resizing
from interference.datasets.npz_rows import Rows
from interference.errors import BadInput
from interference.io import tables

RANDOM = np.random.default_rng(0)
LABELS = np.array([0, 1, 1])


def pixels(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return RANDOM.integers(np.iinfo(dtype).max + 1, size=shape, dtype=dtype)


def saved(place: Path, train: np.ndarray, test: np.ndarray, suffix: str = "test") -> Path:
    arrays = {"x_train": train, "y_train": LABELS, f"x_{suffix}": test, f"y_{suffix}": LABELS}
    np.savez(place / "mine.npz", **arrays)
    return place / "mine.npz"


def load(place: Path, name: str = "npz", resizing: Resizing | None = None, **choices: object):
    return datasets.load(name, place, resizing or Resizing(), **choices)


@pytest.mark.parametrize("channels", [2, 4, 5])
@pytest.mark.parametrize("last", [True, False])
def test_images_of_any_number_of_channels_are_read_however_they_lie(
    channels: int, last: bool, tmp_path: Path
):
    train, test = (pixels(3, channels, 8, 6) for _ in range(2))
    kept = (array.transpose(0, 2, 3, 1) if last else array for array in (train, test))
    loaded = load(saved(tmp_path, *kept))
    np.testing.assert_array_equal(loaded.splits["train"][0], train)
    np.testing.assert_array_equal(loaded.splits["test"][0], test)
    table = tmp_path / "table.parquet"
    tables.write_images(table, loaded.splits, tables.class_metadata(loaded.classes))
    again = load(table, "parquet")
    np.testing.assert_array_equal(again.splits["train"][0], train)


def test_channels_are_resized_one_by_one(tmp_path: Path):
    images = pixels(3, 9, 12, 5)
    resized = load(saved(tmp_path, images, images), resizing=Resizing((4, 7), "crop"))
    for channel in range(5):
        grey = images[..., channel]
        alone = load(saved(tmp_path, grey, grey), resizing=Resizing((4, 7), "crop"))
        np.testing.assert_array_equal(
            resized.splits["test"][0][:, channel], alone.splits["test"][0][:, 0]
        )


def test_the_axis_of_the_channels_is_not_guessed(tmp_path: Path):
    for shape in [(3, 8, 8, 8), (3, 20, 20, 17), (3, 4, 6, 4)]:
        with pytest.raises(BadInput, match=r"C 1 or 3, or up to 16 and less than H and W"):
            load(saved(tmp_path, pixels(*shape), pixels(*shape)))


def test_splits_of_other_channels_are_refused(tmp_path: Path):
    place = saved(tmp_path, pixels(3, 8, 6, 4), pixels(3, 8, 6))
    with pytest.raises(BadInput, match=r"x_test\[0\]: found 1 channels, allowed: 4 as"):
        load(place)


def test_an_array_in_fortran_order_is_read_too(tmp_path: Path):
    images = np.asfortranarray(pixels(3, 8, 6))
    loaded = load(saved(tmp_path, images, images))
    np.testing.assert_array_equal(loaded.splits["test"][0][:, 0], images)


def test_rows_come_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("interference.datasets.npz_rows.CHUNK", 1)
    monkeypatch.setattr("interference.datasets.npz_rows.LEAST", 2)
    images = pixels(25, 3, 4)
    np.savez_compressed(tmp_path / "a.npz", x=images)
    rows = Rows(tmp_path / "a.npz", "x")
    for row in [0, 24, 3, 3, 2, 23, 0, *range(25)]:
        np.testing.assert_array_equal(rows[row], images[row])
    assert len(rows.chunks) <= 4


@pytest.mark.slow
@pytest.mark.parametrize("compressed", [True, False])
def test_the_pixels_are_never_held_twice(compressed: bool, tmp_path: Path):
    images = pixels(3000, 64, 64, 3)
    labels = np.arange(3000) % 3
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "a.npz", x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9])
    size = images.nbytes
    del images
    tracemalloc.start()
    loaded = load(tmp_path / "a.npz")
    tables.write_images(
        tmp_path / "o.parquet", loaded.splits, tables.class_metadata(loaded.classes)
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * size


@pytest.mark.parametrize("n", [3, 1024, 2500])
def test_splits_that_lie_apart_are_written_alike(n: int, tmp_path: Path):
    train, test = pixels(n, 3, 20, 20), pixels(n // 2, 3, 20, 20)
    both = np.concatenate([train, test])
    labels = np.zeros(n, np.int16)
    for name, parts in {"apart": (train, test), "joined": (both[:n], both[n:])}.items():
        splits = {"train": (parts[0], labels), "test": (parts[1], labels[: n // 2])}
        tables.write_images(tmp_path / name, splits, {"classes": ["a", "b"], "labels": ["a", "b"]})
    assert (tmp_path / "apart").read_bytes() == (tmp_path / "joined").read_bytes()
    np.testing.assert_array_equal(tables.read_images(tmp_path / "joined", "test")[0], test)


# 16 bits a channel


def sixteen(place: Path, mode: str) -> np.ndarray:
    """A folder whose images have 16 bits a channel but for one; the upper bits of the test image."""
    values = pixels(5, 4, dtype=np.uint16)
    for split in ("train", "test"):
        for name in ("a", "b"):
            file = place / split / name / f"0.{'png' if mode == 'png' else 'pgm'}"
            file.parent.mkdir(parents=True)
            Image.fromarray(values).save(file)
    Image.fromarray(pixels(5, 4)).save(place / "train" / "a" / "1.png")
    return (values // 256).astype(np.uint8)


@pytest.mark.parametrize("mode", ["png", "pgm"])
def test_images_of_16_bits_are_cut_on_request_and_that_is_said(mode: str, tmp_path: Path):
    upper = sixteen(tmp_path, mode)
    with pytest.raises(
        BadInput, match=r"allowed: 8 bits a channel; data\.bits: 16 keeps the upper"
    ):
        load(tmp_path, "folder")
    loaded = load(tmp_path, "folder", upper_bits=True)
    np.testing.assert_array_equal(loaded.splits["test"][0][0, 0], upper)
    assert loaded.notes == ["kept the upper 8 of 16 bits a channel of 4 images"]


def test_arrays_of_16_bits_are_cut_on_request(tmp_path: Path):
    images = pixels(3, 8, 6, 3, dtype=np.uint16)
    place = saved(tmp_path, images, images)
    with pytest.raises(BadInput, match=r"x_train\[0\]: pixels of 16 bits.*data\.bits: 16"):
        load(place)
    loaded = load(place, upper_bits=True)
    np.testing.assert_array_equal(
        loaded.splits["test"][0], (images // 256).transpose(0, 3, 1, 2).astype(np.uint8)
    )


def test_whole_numbers_beyond_16_bits_and_fractions_are_refused_even_so(tmp_path: Path):
    for number, values in enumerate(
        [np.full((5, 4), 70_000, np.int32), np.ones((5, 4), np.float32)]
    ):
        place = tmp_path / str(number)
        sixteen(place, "png")
        Image.fromarray(values).save(place / "test" / "a" / "x.tif")
        with pytest.raises(
            BadInput, match=r"x\.tif: pixels of Pillow's mode [IF], allowed: 8 bits"
        ):
            load(place, "folder", upper_bits=True)


# Names of splits and columns


@pytest.mark.parametrize("name", ["val", "Validation", "TEST"])
def test_splits_of_arrays_have_other_usual_names(name: str, tmp_path: Path):
    train, test = pixels(3, 8, 6), pixels(3, 8, 6)
    loaded = load(saved(tmp_path, train, test, suffix=name))
    np.testing.assert_array_equal(loaded.splits["test"][0][:, 0], test)
    assert loaded.notes == ([] if name == "TEST" else [f"took {name.lower()} for the split test"])


def rows(splits: list[str], columns: dict[str, list[object]]) -> pa.Table:
    file = io.BytesIO()
    Image.fromarray(pixels(5, 4)).save(file, "PNG")
    images = {"img": [file.getvalue()] * len(splits)}
    return pa.table({**images, **columns, "split": splits})


def test_columns_and_splits_of_parquet_files_have_other_usual_names(tmp_path: Path):
    splits = ["train", "train", "train", "validation", "validation"]
    columns = {"fine_label": [0, 1, 2, 0, 2], "coarse_label": [1, 0, 0, 1, 0]}
    pq.write_table(rows(splits, columns), tmp_path / "mine.parquet")
    loaded = load(tmp_path / "mine.parquet", "parquet")
    assert loaded.splits["test"][1].tolist() == [0, 2]
    assert loaded.notes == [
        "took column img for image",
        "took column fine_label for label",
        "took validation for the split test",
    ]
    coarse = load(tmp_path / "mine.parquet", "parquet", label="coarse_label")
    assert coarse.splits["train"][1].tolist() == [1, 0, 0]
    with pytest.raises(
        BadInput, match=r"data\.label: found 'fine', allowed: one of its columns img"
    ):
        load(tmp_path / "mine.parquet", "parquet", label="fine")


def test_a_test_split_is_preferred_to_validation_and_that_is_said(tmp_path: Path):
    splits = ["train", "train", "validation", "test"]
    pq.write_table(rows(splits, {"label": [0, 1, 0, 1]}), tmp_path / "mine.parquet")
    loaded = load(tmp_path / "mine.parquet", "parquet")
    assert loaded.splits["test"][1].tolist() == [1]
    assert "passed over validation, since test is the split test" in loaded.notes


def test_files_of_parquet_have_other_usual_names(tmp_path: Path):
    for name in ("train-00000", "validation-00000", "unsupervised-0"):
        table = rows(["x"] * 3, {"labels": [0, 1, 1]}).drop(["split"])
        pq.write_table(table, tmp_path / f"{name}.parquet")
    loaded = load(tmp_path, "parquet")
    assert loaded.notes == [
        "took column img for image",
        "took column labels for label",
        "took validation*.parquet for the split test",
        "passed over 1 parquet file of other splits (unsupervised-0.parquet)",
    ]


def test_a_picture_shows_the_first_three_channels_or_one():
    image = pixels(5, 4, 4)
    assert np.array_equal(tables.visible_channels(image), image[:3])
    assert np.array_equal(tables.visible_channels(image[:2]), image[:1])
