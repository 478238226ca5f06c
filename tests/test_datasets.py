"""A claim a test: data sets become one image table; a bad copy is never opened, and the message says what to do."""

import hashlib
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from interference import datasets, fetch, images, tables
from interference.errors import BadInput


def test_digits_are_split_evenly_within_every_class():
    splits = datasets.digits(Path("nowhere"))
    datasets.check("digits", splits)
    assert sum(len(labels) for _, labels in splits.values()) == 1797
    sizes = np.stack([np.bincount(labels, minlength=10) for _, labels in splits.values()])
    assert np.ptp(sizes, axis=0).max() <= 1


def test_an_image_table_gives_back_its_images_in_order(tmp_path: Path):
    random = np.random.default_rng(0)
    splits = {"train": (random.integers(256, size=(5, 3, 4, 6), dtype=np.uint8), np.array([1, 0, 2, 1, 0])),
              "test": (random.integers(256, size=(2, 3, 4, 6), dtype=np.uint8), np.array([2, 1]))}
    meta = {"classes": ["a", "b", "c"], "labels": ["A", "B", "C"]}
    tables.write_images(tmp_path / "images.parquet", splits, meta)
    for split, (pixels, labels) in splits.items():
        found = images.load(tmp_path / "images.parquet", split)
        assert np.array_equal(found.pixels.numpy(), pixels)
        assert found.labels.tolist() == labels.tolist()
    assert tables.read_classes(tmp_path / "images.parquet").labels == ("A", "B", "C")
    with pytest.raises(BadInput, match="no images of split 'val', found train, test"):
        images.load(tmp_path / "images.parquet", "val")


@pytest.mark.parametrize(("pixels", "labels", "message"), [
    (np.zeros((2, 1, 8, 8), np.uint8), [0, 1], "expected \\(1, 32, 32\\)"),
    (np.zeros((2, 1, 32, 32), np.float32), [0, 1], "float32"),
    (np.zeros((2, 1, 32, 32), np.uint8), [0, 10], "labels from 0 to 10, allowed: 0 to 9"),
    (np.zeros((2, 1, 32, 32), np.uint8), [-1, 1], "labels from -1"),
])
def test_images_of_another_shape_or_label_are_refused(pixels, labels, message):
    with pytest.raises(BadInput, match=message):
        datasets.check("digits", {"train": (pixels, np.array(labels, np.int16))})


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A network that refuses; the addresses asked for are gathered."""
    asked: list[str] = []

    def refuse(request: object, *_: object, **__: object) -> None:
        asked.append(getattr(request, "full_url", str(request)))
        raise URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr(fetch, "PAUSE", 0)
    return asked


def test_without_a_copy_or_a_network_the_message_says_what_to_do(tmp_path: Path, no_network: list[str]):
    with pytest.raises(BadInput, match=r"cifar-10-python\.tar\.gz.*INTERFERENCE_RAW"):
        fetch.cifar10_in(tmp_path)
    assert len(no_network) >= fetch.TRIES


@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "cifar-10-batches-py/data_batch_3"])
def test_a_truncated_or_altered_copy_is_named_and_never_opened(tmp_path: Path, no_network: list[str], name: str,
                                                               monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pickle.load", lambda *_, **__: pytest.fail("unpickled an unchecked file"))
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"not what it should be")
    with pytest.raises(BadInput, match=f"{name}: MD5 {hashlib.md5(path.read_bytes()).hexdigest()}, expected"):
        fetch.cifar10_in(tmp_path)
    assert path.read_bytes() == b"not what it should be"


@pytest.mark.cifar10
def test_a_good_copy_asks_no_network_and_is_cifar10(raw: Path, no_network: list[str]):
    splits = datasets.cifar10(raw)
    datasets.check("cifar10", splits)
    assert {split: len(labels) for split, (_, labels) in splits.items()} == {"train": 50_000, "test": 10_000}
    assert all((np.bincount(labels) == len(labels) // 10).all() for _, labels in splits.values())
    assert splits["train"][0].mean((0, 2, 3)) / 255 == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
    assert not no_network
