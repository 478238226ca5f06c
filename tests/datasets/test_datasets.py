"""A claim a test: data sets become one image table; a bad copy is never opened, and the message says what to do."""

import gzip
import hashlib
import inspect
import io
import json
import pickle
import struct
import tarfile
import tracemalloc
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io
import torchvision
from PIL import Image

from interference import datasets
from interference.classes import Classes
from interference.datasets import DATASETS, download, names, official
from interference.errors import BadInput
from interference.io import tables
from interference.learning import images

SPLITS = ("train", "test")
LETTERS = Classes(("a", "b", "c"), ("A", "b", "ç"))


def test_digits_train_on_twenty_images_of_every_class():
    classes, splits = datasets.read("digits", Path("nowhere"))
    assert classes.keys == tuple("0123456789")
    assert {split: pixels.shape for split, (pixels, _) in splits.items()} == {
        "train": (200, 1, 32, 32),
        "test": (1597, 1, 32, 32),
    }
    _, labels = splits["train"]
    assert set(np.bincount(labels, minlength=10)) == {20}


def test_an_image_table_gives_back_its_images_in_order(tmp_path: Path):
    random = np.random.default_rng(0)
    splits = {
        "train": (
            random.integers(256, size=(5, 3, 4, 6), dtype=np.uint8),
            np.array([1, 0, 2, 1, 0]),
        ),
        "test": (random.integers(256, size=(2, 3, 4, 6), dtype=np.uint8), np.array([2, 1])),
    }
    meta = {"classes": ["a", "b", "c"], "labels": ["A", "B", "C"]}
    tables.write_images(tmp_path / "images.parquet", splits, meta)
    for split, (pixels, labels) in splits.items():
        found = images.load(tmp_path / "images.parquet", split)
        assert np.array_equal(found.pixels.numpy(), pixels)
        assert found.labels.tolist() == labels.tolist()
    assert tables.read_classes(tmp_path / "images.parquet").labels == ("A", "B", "C")
    with pytest.raises(BadInput, match="no images of split 'val', found train, test"):
        images.load(tmp_path / "images.parquet", "val")


# The same images, kept in every way that we read.


def drawn(
    channels: int = 3, height: int = 5, width: int = 7
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Random images of three classes of unequal sizes, by class; class 1 has no test images."""
    random = np.random.default_rng(channels)
    labels = {"train": np.repeat([0, 1, 2], [4, 2, 3]), "test": np.repeat([0, 2], [1, 2])}
    return {
        split: (
            random.integers(256, size=(len(each), channels, height, width), dtype=np.uint8),
            each,
        )
        for split, each in labels.items()
    }


def plain(image: np.ndarray) -> np.ndarray:
    """(C, H, W) as image files hold it: (H, W) or (H, W, 3)."""
    return image[0] if len(image) == 1 else image.transpose(1, 2, 0)


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(plain(image)).save(file, "PNG")
    return file.getvalue()


def as_folder(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    """A folder of PNG files; every second one lies a folder deeper, in front of the others by name."""
    for split, (pixels, labels) in splits.items():
        for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            file = place / split / LETTERS.labels[label] / f"{number:03}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(png(image))
    (place / "train" / LETTERS.labels[0] / "notes.txt").write_text("no image")
    (place / "train" / ".hidden").mkdir()
    return place


def as_keras(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    arrays = {
        f"{name}_{split}": array
        for split, (pixels, labels) in splits.items()
        for name, array in (("x", pixels.transpose(0, 2, 3, 1)), ("y", labels[:, None]))
    }
    np.savez(place / "keras.npz", **arrays, classes=LETTERS.labels, notes=np.array([None]))
    return place / "keras.npz"


def as_medmnist(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    arrays = {
        f"{split}_{name}": array
        for split, (pixels, labels) in splits.items()
        for name, array in (("images", pixels), ("labels", np.array(LETTERS.labels)[labels]))
    }
    np.savez_compressed(place / "medmnist.npz", **arrays)
    return place / "medmnist.npz"


def as_parquet(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    """One file, the splits' rows mixed, labels as text."""
    rows = [
        {"split": split, "label": LETTERS.labels[label], "image": png(image), "id": 3}
        for split, each in reversed(splits.items())
        for image, label in zip(*each, strict=True)
    ]
    pq.write_table(pa.Table.from_pylist(rows[::2] + rows[1::2]), place / "rows.parquet")
    return place / "rows.parquet"


def as_hugging_face(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    feature = {"names": list(LETTERS.labels), "_type": "ClassLabel"}
    meta = {
        "huggingface": json.dumps(
            {"info": {"features": {"label": feature, "image": {"_type": "Image"}}}}
        )
    }
    (place / "data").mkdir()
    for split, (pixels, labels) in splits.items():
        rows = [
            {"image": {"bytes": png(image), "path": f"{n}.png"}, "label": int(label)}
            for n, (image, label) in enumerate(zip(pixels, labels, strict=True))
        ]
        for part, some in enumerate((rows[:2], rows[2:])):
            pq.write_table(
                pa.Table.from_pylist(some).replace_schema_metadata(meta),
                place / "data" / f"{split}-0000{part}-of-00002.parquet",
            )
    return place


def as_image_table(place: Path, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    tables.write_images(place / "table.parquet", splits, tables.class_metadata(LETTERS))
    return place / "table.parquet"


KEPT = {
    "folder": ("folder", as_folder),
    "keras": ("npz", as_keras),
    "medmnist": ("npz", as_medmnist),
    "parquet": ("parquet", as_parquet),
    "hugging face": ("parquet", as_hugging_face),
    "image table": ("parquet", as_image_table),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", KEPT)
def test_the_same_images_are_the_same_table_however_they_are_kept(
    way: str, channels: int, tmp_path: Path
):
    expected = drawn(channels)
    name, keep = KEPT[way]
    classes, splits = datasets.read(name, keep(tmp_path, expected))
    assert (classes.keys, classes.labels) == (("a", "b", "c"), LETTERS.labels)
    for split in SPLITS:
        (pixels, labels), (found, given) = expected[split], splits[split]
        order = (
            np.lexsort((found.reshape(len(found), -1)[:, 0], given))
            if way == "parquet"
            else slice(None)
        )
        wanted = (
            np.lexsort((pixels.reshape(len(pixels), -1)[:, 0], labels))
            if way == "parquet"
            else slice(None)
        )
        np.testing.assert_array_equal(found[order], pixels[wanted])
        np.testing.assert_array_equal(given[order], labels[wanted])
        assert given.dtype == np.int16


@pytest.mark.parametrize("way", KEPT)
def test_labels_that_differ_in_signs_alone_are_classes_however_they_are_kept(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    labels = ("<=50K", "C", "C++")
    monkeypatch.setitem(globals(), "LETTERS", Classes.from_labels(labels))
    name, keep = KEPT[way]
    classes, splits = datasets.read(name, keep(tmp_path, drawn()))
    assert classes == Classes(("50k", "c", "c_2"), labels)
    assert np.bincount(splits["train"][1]).tolist() == [4, 2, 3]


@pytest.mark.parametrize(
    ("way", "labels"),
    [
        ("medmnist", ("9", "10", "100")),
        ("parquet", ("9", "10", "100")),
        ("folder", ("10", "100", "9")),
    ],
)
def test_texts_that_are_numbers_are_in_the_order_of_numbers_but_folders_in_torchvisions(
    way: str, labels: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(globals(), "LETTERS", Classes(labels, labels))
    name, keep = KEPT[way]
    classes, splits = datasets.read(name, keep(tmp_path, drawn()))
    assert classes.labels == labels
    assert np.bincount(splits["train"][1]).tolist() == [4, 2, 3]


def test_a_folders_classes_and_files_are_in_torchvisions_order(tmp_path: Path):
    place = as_folder(tmp_path, drawn())
    (place / "train" / ".hidden").rmdir()
    theirs = torchvision.datasets.ImageFolder(str(place / "train"))
    classes, splits = datasets.read("folder", place)
    assert list(classes.labels) == theirs.classes
    assert splits["train"][1].tolist() == theirs.targets
    np.testing.assert_array_equal(
        splits["train"][0], [np.asarray(image).transpose(2, 0, 1) for image, _ in theirs]
    )


def test_one_image_in_colour_makes_all_of_them_colour(tmp_path: Path):
    place = as_folder(tmp_path, drawn(1))
    Image.new("RGBA", (7, 5), (9, 8, 7, 6)).save(place / "train" / "b" / "004.png")
    _, splits = datasets.read("folder", place)
    found = splits["train"][0]
    assert found[4, :, 0, 0].tolist() == [9, 8, 7]
    assert (found[[0, 8]] == drawn(1)["train"][0][[0, 8]]).all()  # grey: the same in each channel


@pytest.mark.parametrize(("size", "shape"), [(None, (5, 7)), ((4, 4), (4, 4)), ((10, 3), (10, 3))])
def test_images_keep_their_size_or_all_get_the_one_that_is_asked_for(size, shape, tmp_path: Path):
    place = as_keras(
        tmp_path,
        {split: (np.full_like(pixels, 100), labels) for split, (pixels, labels) in drawn().items()},
    )
    _, splits = datasets.read("npz", place, size)
    assert {pixels.shape[1:] for pixels, _ in splits.values()} == {(3, *shape)}
    assert (splits["test"][0] == 100).all()  # flat stays flat


def test_a_size_mends_mixed_sizes(tmp_path: Path):
    place = as_folder(tmp_path, drawn())
    Image.new("RGB", (70, 50), (1, 2, 3)).save(place / "test" / "ç" / "001.png")
    _, splits = datasets.read("folder", place, (5, 7))
    assert splits["test"][0].shape == (3, 3, 5, 7)
    with pytest.raises(
        BadInput, match=r"test/ç/001\.png: found 50 x 70 pixels .*allowed: 5 x 7 .*data\.resize"
    ):
        datasets.read("folder", place)


def test_brightness_is_that_of_all_pixels_by_channel():
    pixels = drawn()["train"][0]
    mean, std = datasets.brightness(pixels)
    np.testing.assert_allclose(mean, (pixels / 255).mean((0, 2, 3)))
    np.testing.assert_allclose(std, (pixels / 255).std((0, 2, 3)))


def test_more_classes_than_a_byte_counts_are_told_apart(tmp_path: Path):
    labels = np.arange(300)
    np.savez(
        tmp_path / "many.npz",
        x_train=np.zeros((300, 2, 2), np.uint8),
        y_train=labels,
        x_test=np.zeros((1, 2, 2), np.uint8),
        y_test=[299],
    )
    classes, splits = datasets.read("npz", tmp_path / "many.npz")
    assert (len(classes), classes.keys[299]) == (300, "299")
    assert splits["train"][1].tolist() == labels.tolist()


# What is refused, in one line.


def folder_without_test(place: Path) -> None:
    for file in sorted((place / "test").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (place / "test").rmdir()


def sixteen_bits(place: Path) -> None:
    Image.fromarray(np.zeros((5, 7), np.uint16)).save(place / "train" / "b" / "004.png")


BAD_FOLDERS = {
    "missing split": (folder_without_test, r"test: no such folder.*found train"),
    "class of test alone": (
        lambda place: (place / "test" / "d").mkdir(),
        r"test/d: class 'd', allowed: A, b, ç",
    ),
    "empty class": (lambda place: (place / "train" / "d").mkdir(), "no training images of 'd'"),
    "empty split": (
        lambda place: [file.unlink() for file in (place / "test").rglob("*.png")],
        "test: no images",
    ),
    "truncated image": (
        lambda place: (place / "train" / "b" / "004.png").write_bytes(
            (place / "train" / "b" / "004.png").read_bytes()[:60]
        ),
        r"train/b/004\.png: a broken image",
    ),
    "no image": (
        lambda place: (place / "train" / "b" / "005.png").write_text("hello"),
        r"train/b/005\.png: no image",
    ),
    "16 bits": (sixteen_bits, r"train/b/004\.png: pixels of Pillow's mode I;16, allowed: 8 bits"),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_folder_that_is_no_data_set_is_refused_in_one_line(case: str, tmp_path: Path):
    spoil, message = BAD_FOLDERS[case]
    spoil(as_folder(tmp_path, drawn()))
    with pytest.raises(BadInput, match=message) as caught:
        datasets.read("folder", tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


ONES = np.ones((2, 3, 4), np.uint8)
NPZ = {"x_train": ONES, "y_train": np.array([0, 1]), "x_test": ONES, "y_test": np.array([1, 1])}
BAD_ARRAYS = {
    "objects": ({"x_train": np.array([None, None])}, r"never|Object arrays"),
    "floats": ({"x_train": ONES / 2}, "x_train: found float64, allowed: uint8"),
    "no images": ({"x_train": ONES[0]}, r"x_train: found shape \(3, 4\)"),
    "four channels": (
        {"x_train": np.ones((2, 4, 4, 4), np.uint8)},
        r"found shape \(2, 4, 4, 4\).*C 1 or 3",
    ),
    "labels too few": ({"y_test": np.array([1])}, r"y_test: found shape \(1,\), allowed: \(2,\)"),
    "one-hot labels": ({"y_test": np.eye(2, dtype=int)}, r"y_test: found shape \(2, 2\)"),
    "label out of range": ({"y_test": np.array([1, 2])}, "test: label 2, allowed: 0 to 1"),
    "negative label": ({"y_train": np.array([-1, 1])}, "train: label -1"),
    "labels that are no numbers": (
        {"y_train": np.array([0.5, 1])},
        "labels float64, int64, allowed: whole numbers",
    ),
    "unknown text": (
        {"y_train": np.array(["a", "b"]), "y_test": np.array(["a", "c"])},
        "test: class 'c', allowed: a",
    ),
    "label beyond the names": ({"classes": np.array(["a"])}, "label 1, allowed: 0 to 0"),
    "name without images": ({"classes": np.array(["a", "b", "x"])}, "no training images of 'x'"),
    "one class": (
        {"y_train": np.array([0, 0]), "y_test": np.array([0, 0])},
        "all images are of one class, '0'",
    ),
    "gap": ({"y_train": np.array([0, 2])}, "no training images of '1', expected"),
    "wide gap": (
        {"y_train": np.array([0, 300])},
        "no training images of '1', '2', '3' and 296 classes more",
    ),
    "label of another world": (
        {"y_train": np.array([0, 10**9])},
        "label 1000000000, allowed: 0 to 32766",
    ),
    "no test images": ({"x_test": ONES[:0], "y_test": np.array([], int)}, "test: no images"),
    "no training images": ({"x_train": ONES[:0], "y_train": np.array([], int)}, "train: no images"),
    "sizes that differ": (
        {"x_test": np.ones((2, 4, 3), np.uint8)},
        r"x_test\[0\]: found 4 x 3 pixels.*data\.resize",
    ),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_arrays_that_are_no_data_set_are_refused_in_one_line(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    changes, message = BAD_ARRAYS[case]
    np.savez(tmp_path / "bad.npz", **NPZ | changes)
    monkeypatch.setattr(
        "pickle.load", lambda *_, **__: pytest.fail("unpickled what a user brought")
    )
    with pytest.raises(BadInput, match=message) as caught:
        datasets.read("npz", tmp_path / "bad.npz")
    assert "\n" not in str(caught.value)
    assert "bad.npz" in str(caught.value)


def test_files_that_are_no_data_at_all_are_named(tmp_path: Path):
    (tmp_path / "none.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez(tmp_path / "other.npz", a=ONES)
    pq.write_table(
        pa.table({"image": [b"", b""], "label": [0, 1], "split": ["train", "fold2"]}),
        tmp_path / "v.parquet",
    )
    pq.write_table(
        pa.table({"image": [b""] * 4, "label": [0] * 4, "split": [*SPLITS, "validation", None]}),
        tmp_path / "o.parquet",
    )
    pq.write_table(
        pa.table({"photo": [b""], "label": [0], "split": ["test"]}), tmp_path / "i.parquet"
    )
    pq.write_table(
        pa.table({"image": [3, 4], "label": ["a", "a"], "split": ["train", "test"]}),
        tmp_path / "n.parquet",
    )
    pq.write_table(
        pa.table({"image": [b"a"] * 2, "label": [0, None], "split": SPLITS}), tmp_path / "l.parquet"
    )
    pq.write_table(
        pa.table(
            {"image": [None] * 2, "label": ["a", "a"], "split": SPLITS},
            schema=pa.schema({"image": pa.binary(), "label": "string", "split": "string"}),
        ),
        tmp_path / "e.parquet",
    )
    for name, place, message in [
        ("npz", "absent.npz", "no such file"),
        ("npz", "none.npz", "no npz file"),
        ("npz", "other.npz", "found arrays a, allowed: x_train"),
        ("parquet", "absent.parquet", "no such file"),
        ("parquet", "none.npz", "not a readable parquet"),
        ("parquet", "v.parquet", "no rows of split test, found train, fold2"),
        ("parquet", "o.parquet", "split: found None, allowed: train and test"),
        ("parquet", "i.parquet", "lacks image; found columns photo, label, split"),
        ("parquet", "n.parquet", "column image is int64, allowed: bytes"),
        ("parquet", "l.parquet", "test: 1 labels are missing"),
        ("parquet", "e.parquet", "train row 0: no image"),
        ("parquet", ".", r"no files train\*\.parquet"),
        ("folder", "absent", "absent/train: no such folder"),
    ]:
        with pytest.raises(BadInput, match=message) as caught:
            datasets.read(name, tmp_path / place)
        assert "\n" not in str(caught.value)


# Data sets of torchvision, as their archives are.


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A network that refuses; the addresses asked for are gathered."""
    asked: list[str] = []

    def refuse(request: object, *_: object, **__: object) -> None:
        asked.append(getattr(request, "full_url", str(request)))
        raise URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr(download, "PAUSE", 0)
    return asked


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def toy_cifar100(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A tar of pickles with an image or two of each of the 100 classes."""
    random, loader = np.random.default_rng(0), torchvision.datasets.CIFAR100
    splits = {
        split: (
            random.integers(256, size=(n, 3, 32, 32), dtype=np.uint8),
            random.permutation(n) % 100,
        )
        for split, n in (("train", 150), ("test", 60))
    }
    files = {
        split: {"data": pixels.reshape(len(pixels), -1), "fine_labels": labels.tolist()}
        for split, (pixels, labels) in splits.items()
    } | {"meta": {"fine_label_names": names.CIFAR100.labels}}
    content = {name: pickle.dumps(each) for name, each in files.items()}
    with tarfile.open(raw / loader.filename, "w:gz") as tar:
        for name, each in content.items():
            member = tarfile.TarInfo(f"{loader.base_folder}/{name}")
            member.size = len(each)
            tar.addfile(member, io.BytesIO(each))
    monkeypatch.setattr(loader, "train_list", [["train", md5(content["train"])]])
    monkeypatch.setattr(loader, "test_list", [["test", md5(content["test"])]])
    monkeypatch.setattr(loader, "meta", {**loader.meta, "md5": md5(content["meta"])})
    monkeypatch.setattr(loader, "tgz_md5", md5((raw / loader.filename).read_bytes()))
    return splits


def toy_fashion(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Gzipped idx files."""
    random, loader = np.random.default_rng(0), torchvision.datasets.FashionMNIST
    splits, files = {}, {}
    for split, prefix, n in (("train", "train", 23), ("test", "t10k", 12)):
        pixels, labels = (
            random.integers(256, size=(n, 28, 28), dtype=np.uint8),
            random.permutation(n) % 10,
        )
        files[f"{prefix}-images-idx3-ubyte.gz"] = (
            bytes([0, 0, 8, 3]) + np.array(pixels.shape, ">i4").tobytes() + pixels.tobytes()
        )
        files[f"{prefix}-labels-idx1-ubyte.gz"] = (
            bytes([0, 0, 8, 1]) + np.array([n], ">i4").tobytes() + labels.astype(np.uint8).tobytes()
        )
        splits[split] = pixels[:, None], labels
    folder = raw / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(gzip.compress(content))
    monkeypatch.setattr(
        loader, "resources", [(name, md5((folder / name).read_bytes())) for name in files]
    )
    return splits


def toy_svhn(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Matlab's files, where a zero is labelled 10."""
    random, loader, splits, listed = np.random.default_rng(0), torchvision.datasets.SVHN, {}, {}
    for split, n in (("train", 21), ("test", 11)):
        pixels, labels = (
            random.integers(256, size=(n, 3, 32, 32), dtype=np.uint8),
            random.permutation(n) % 10,
        )
        file = f"{split}_32x32.mat"
        scipy.io.savemat(
            raw / file,
            {"X": pixels.transpose(2, 3, 1, 0), "y": np.where(labels, labels, 10)[:, None]},
        )
        listed[split] = ["http://nowhere", file, md5((raw / file).read_bytes())]
        splits[split] = pixels, labels
    monkeypatch.setattr(loader, "split_list", listed)
    return splits


TOYS = {
    "cifar100": (toy_cifar100, names.CIFAR100),
    "fashionmnist": (toy_fashion, names.FASHION),
    "svhn": (toy_svhn, names.DIGITS),
}


@pytest.mark.parametrize("name", TOYS)
def test_an_official_archive_in_the_raw_folder_is_read_by_torchvisions_loader_without_a_network(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: list[str]
):
    toy, classes = TOYS[name]
    expected = toy(tmp_path, monkeypatch)
    for _ in range(2):  # the archive, then what torchvision made of it
        found, splits = datasets.read(name, tmp_path)
        assert found == classes == DATASETS[name].classes
        for split, (pixels, labels) in expected.items():
            np.testing.assert_array_equal(splits[split][0], pixels)
            np.testing.assert_array_equal(splits[split][1], labels)
            assert pixels.shape[1] == DATASETS[name].channels
    assert not no_network


def test_a_set_of_image_files_is_read_too(tmp_path: Path, no_network: list[str]):
    base, random = tmp_path / "dtd" / "dtd", np.random.default_rng(0)
    for split in SPLITS:
        files = [f"{name}/{name}_{split}.jpg" for name in ("banded", "cobwebbed")]
        for file in files:
            (base / "images" / file).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(random.integers(256, size=(9, 11, 3), dtype=np.uint8)).save(
                base / "images" / file
            )
        (base / "labels").mkdir(exist_ok=True)
        (base / "labels" / f"{split}1.txt").write_text("\n".join(files))
    classes, splits = datasets.read("dtd", tmp_path, (6, 8))
    assert classes.keys == ("banded", "cobwebbed")
    assert {pixels.shape for pixels, _ in splits.values()} == {(2, 3, 6, 8)}


@pytest.mark.parametrize(
    "name",
    [name for name in DATASETS if not DATASETS[name].own and name != "digits"],
    ids="set {}".format,
)
def test_torchvision_knows_every_set_by_the_arguments_we_give_it(name: str):
    official = DATASETS[name].read.__self__
    loader = getattr(torchvision.datasets, official.kind)
    for which in official.splits.values():
        inspect.signature(loader).bind("raw", **which, download=True)
    download.official_md5s(loader)
    assert download.needed_files(loader)


def test_the_names_we_give_classes_are_those_of_torchvision():
    assert list(names.FASHION.labels) == torchvision.datasets.FashionMNIST.classes
    assert list(names.KANA.labels) == torchvision.datasets.KMNIST.classes
    assert (len(names.CIFAR100), len(names.SIGNS)) == (100, 43)


def test_without_a_copy_or_a_network_the_message_says_what_to_do(
    tmp_path: Path, no_network: list[str]
):
    for name, wanted in (
        ("cifar10", r"cifar-10-python\.tar\.gz"),
        ("fashionmnist", "FashionMNIST/raw/train-images"),
        ("svhn", r"train_32x32\.mat"),
        ("food101", "its files"),
    ):
        no_network.clear()
        with pytest.raises(BadInput, match=f"{wanted}.*INTERFERENCE_RAW") as caught:
            datasets.read(name, tmp_path)
        assert "\n" not in str(caught.value)
        assert len(no_network) >= download.TRIES


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("cifar10", "cifar-10-python.tar.gz"),
        ("cifar10", "cifar-10-batches-py/data_batch_3"),
        ("cifar100", "cifar-100-python/train"),
        ("svhn", "train_32x32.mat"),
        ("mnist", "MNIST/raw/train-images-idx3-ubyte.gz"),
    ],
)
def test_a_truncated_or_altered_copy_is_named_and_never_opened(
    tmp_path: Path, no_network: list[str], name: str, file: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pickle.load", lambda *_, **__: pytest.fail("unpickled an unchecked file"))
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not what it should be")
    with pytest.raises(BadInput, match=f"{file}: MD5 {md5(path.read_bytes())}, expected"):
        datasets.read(name, tmp_path)
    assert path.read_bytes() == b"not what it should be"


def test_a_copy_that_torchvision_checks_by_no_md5_is_refused_if_it_cannot_be_read(
    tmp_path: Path, no_network: list[str]
):
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, _ in torchvision.datasets.MNIST.resources:
        (folder / name.removesuffix(".gz")).write_bytes(bytes(40))
    with pytest.raises(BadInput, match=r"MNIST: the copy in .* cannot be read"):
        datasets.read("mnist", tmp_path)
    assert not no_network


@pytest.mark.slow
@pytest.mark.cifar10
def test_a_good_copy_asks_no_network_and_is_cifar10(raw: Path, no_network: list[str]):
    _, splits = datasets.read("cifar10", raw)
    assert {split: len(labels) for split, (_, labels) in splits.items()} == {
        "train": 50_000,
        "test": 10_000,
    }
    assert all((np.bincount(labels) == len(labels) // 10).all() for _, labels in splits.values())
    assert splits["train"][0].mean((0, 2, 3)) / 255 == pytest.approx(
        [0.4914, 0.4822, 0.4465], abs=1e-4
    )
    assert not no_network


def python_2_pickle(pixels: np.ndarray, labels: list[int]) -> bytes:
    """A file as CIFAR's own are: a dict with texts of Python 2, as protocol 2 writes it."""
    rows = pixels.reshape(len(pixels), -1)
    shape = b"".join(b"J" + struct.pack("<i", side) for side in rows.shape)
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
    kind += b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    content = b"T" + struct.pack("<i", rows.size) + rows.tobytes()
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    state = b"(K\x01" + shape + b"\x86" + kind + b"\x89" + content + b"tb"
    return b"\x80\x02}(U\x04data" + array + state + b"U\x06labels](" + numbers + b"eu."


def test_the_pixels_of_cifar_10_are_never_held_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    loader = torchvision.datasets.CIFAR10
    folder = tmp_path / loader.base_folder
    folder.mkdir()
    random = np.random.default_rng(0)
    names_of = {"train": ["one", "two", "three", "four"], "test": ["five"]}
    parts = {}
    for name in (*names_of["train"], *names_of["test"]):
        parts[name] = random.integers(256, size=(500, 3, 32, 32), dtype=np.uint8)
        labels = [number % 10 for number in range(500)]
        (folder / name).write_bytes(python_2_pickle(parts[name], labels))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    for split, files in names_of.items():
        listed = [[name, md5((folder / name).read_bytes())] for name in files]
        monkeypatch.setattr(loader, f"{split}_list", listed)
    meta = {**loader.meta, "md5": md5((folder / "batches.meta").read_bytes())}
    monkeypatch.setattr(loader, "meta", meta)
    datasets.read("cifar10", tmp_path)  # imports and caches take memory once
    tracemalloc.start()
    _, splits = datasets.read("cifar10", tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    expected = np.concatenate([parts[name] for name in names_of["train"]])
    np.testing.assert_array_equal(splits["train"][0], expected)
    np.testing.assert_array_equal(splits["test"][0], parts["five"])
    assert splits["train"][1][:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert peak < 1.5 * 5 * expected[:500].nbytes


def test_pixels_by_columns_are_rearranged_in_their_memory():
    columns = np.arange(300 * 3 * 4 * 5, dtype=np.uint32).astype(np.uint8).reshape(300, 3, 5, 4)
    expected = np.ascontiguousarray(columns.swapaxes(2, 3))
    pixels = official._in_c_order(columns.swapaxes(2, 3))
    assert np.shares_memory(pixels, columns)
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, expected)
