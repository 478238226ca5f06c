"""Folders as people have them: files of many kinds, hidden copies, links, other names of splits."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import EpsImagePlugin, Image, UnidentifiedImageError

from interference import datasets
from interference.classes import Classes
from interference.datasets import DrawnTest, Resizing, pictures, split_names
from interference.errors import BadInput
from interference.io import tables

RANDOM = np.random.default_rng(0)


def picture(height: int = 6, width: int = 8) -> Image.Image:
    return Image.fromarray(RANDOM.integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three training and two test images of each of two classes."""
    for split, number in (("train", 3), ("test", 2)):
        for name in ("cat", "dog"):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for index in range(number):
                picture().save(folder / f"{index}.png")
    return tmp_path


def load(place: Path, **choices: object) -> datasets.Loaded:
    return datasets.load("folder", place, Resizing(), **choices)


def sizes(loaded: datasets.Loaded, split: str = "train") -> list[int]:
    return np.bincount(loaded.splits[split][1]).tolist()


def test_every_kind_of_image_file_is_read_whatever_its_suffix(place: Path):
    kinds = {"gif": None, "jfif": "JPEG", "jpe": "JPEG", "avif": None, "jp2": None, "tga": None}
    for suffix, kind in kinds.items():
        picture().save(place / "train" / "cat" / f"x.{suffix}", kind)
    picture().save(place / "train" / "cat" / "nosuffix", "PNG")
    loaded = load(place)
    assert sizes(loaded) == [10, 3]
    assert not loaded.notes


def test_hidden_copies_and_system_folders_are_left_out_and_counted(place: Path):
    cats = place / "train" / "cat"
    for name in (
        ".ipynb_checkpoints/0-checkpoint.png",
        ".Trash-1000/files/old.png",
        "@eaDir/0.png/THUMB.png",
    ):
        (cats / name).parent.mkdir(parents=True)
        picture(2, 2).save(cats / name)
    (cats / "._0.png").write_bytes(b"\0\5\x16\7" + bytes(200))
    (cats / "notes.txt").write_text("no image")
    (place / "train" / "__MACOSX").mkdir()
    loaded = load(place)
    assert sizes(loaded) == [3, 3]
    assert loaded.notes == [
        "passed over 6: 5 hidden or of the system (train/__MACOSX), 1 no images of a kind that can "
        "be read (train/cat/notes.txt)"
    ]


def test_links_never_multiply_images_and_cycles_end(place: Path):
    cats = place / "train" / "cat"
    (cats / "loop").symlink_to(cats)
    (place / "train" / "dog" / "more").symlink_to(cats)
    loaded = load(place)
    assert sizes(loaded) == [3, 3]
    (note,) = loaded.notes
    assert note.startswith("passed over 2: 2 links to folders that are read already (train/cat/l")


def test_all_broken_images_are_one_list_and_can_be_left_out(place: Path):
    for index in range(2):
        (place / "train" / "cat" / f"{index}.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (place / "test" / "dog" / "0.png").write_text("hello")
    with pytest.raises(BadInput, match=r"3 of 10 images cannot be read: .*cat/0\.png.*--skip-br"):
        load(place)
    loaded = load(place, skip_broken=True)
    assert (sizes(loaded), sizes(loaded, "test")) == ([1, 3], [2, 1])
    assert loaded.notes[0].startswith("left out 3 images that cannot be read: ")


def test_no_program_is_started_for_an_image(place: Path, monkeypatch: pytest.MonkeyPatch):
    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *more: started.append(more))
    hidden = place / "train" / "cat" / "x.png"
    picture().save(hidden, "EPS")
    with pytest.raises(BadInput, match=r"cat/x\.png: no image of a kind that can be read"):
        load(place)
    hidden.rename(hidden.with_suffix(".eps"))
    loaded = load(place)
    assert sizes(loaded) == [3, 3]
    kind = "no images of a kind that can be read"
    assert f"passed over 1: 1 {kind} ({Path('train', 'cat', 'x.eps')})" in loaded.notes
    with hidden.with_suffix(".eps").open("rb") as file, pytest.raises(UnidentifiedImageError):
        pictures.open_image(file, 0)  # as an image in a table is opened
    assert started == []


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png"])
def test_images_are_upright_as_every_viewer_shows_them(suffix: str, place: Path):
    lying = Image.new("RGB", (8, 6))
    lying.paste((255, 0, 0), (0, 0, 8, 3))  # red above, to be turned to the right
    orientation = Image.Exif()
    orientation[0x112] = 6
    (place / "train" / "cat" / "0.png").unlink()
    for file in place.rglob("*.png"):
        picture(8, 6).save(file)
    lying.save(place / "train" / "cat" / f"0.{suffix}", exif=orientation)
    loaded = load(place)
    red = loaded.splits["train"][0][0, 0]
    assert red.shape == (8, 6)
    assert red[:, 5].min() > 200
    assert red[:, 0].max() < 50
    if suffix != "tif":  # Pillow turns these itself
        assert loaded.notes == ["turned 1 images upright by their EXIF orientation"]


def deep_png(kind: int, pixel: tuple[int, ...]) -> bytes:
    """A PNG file of 16 bits a channel, 6 x 8 pixels of one colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    row = b"\0" + struct.pack(f">{8 * len(pixel)}H", *pixel * 8)
    header = struct.pack(">IIBBBBB", 8, 6, 16, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * 6))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "pixel"),
    [(0, (4095,)), (2, (4095, 2047, 0)), (4, (4095, 65535)), (6, (4095, 2047, 0, 65535))],
    ids=["grey", "colour", "grey and alpha", "colour and alpha"],
)
def test_sixteen_bits_are_refused_and_never_cut(kind: int, pixel: tuple[int, ...], place: Path):
    (place / "train" / "cat" / "0.png").write_bytes(deep_png(kind, pixel))
    with pytest.raises(BadInput, match=r"cat/0\.png: pixels of .*allowed: 8 bits a channel"):
        load(place)


def test_sixteen_bits_of_a_ppm_file_are_refused_too(place: Path):
    content = b"P6 8 6 65535\n" + bytes(8 * 6 * 6)
    (place / "train" / "cat" / "0.ppm").write_bytes(content)
    with pytest.raises(BadInput, match="16 bits a channel"):
        load(place)


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "val"), ("train", "valid"), ("Training", "Testing"), ("TRAIN", "dev")],
)
def test_splits_of_other_names_are_known_and_said(train: str, test: str, place: Path):
    (place / "train").rename(place / "a")
    (place / "a").rename(place / train)
    (place / "test").rename(place / test)
    loaded = load(place)
    assert (sizes(loaded), sizes(loaded, "test")) == ([3, 3], [2, 2])
    assert f"took {test} for the split test" in loaded.notes


def test_validation_images_beside_test_images_are_passed_over_and_said(place: Path):
    (place / "valid" / "cat").mkdir(parents=True)
    loaded = load(place)
    assert loaded.notes == ["passed over valid, since test is the split test"]


@pytest.mark.parametrize("below", ["", "train"])
def test_test_images_are_drawn_on_request_alike_every_time(below: str, place: Path):
    for name in ("cat", "dog"):
        for index in range(3, 10):
            picture().save(place / "train" / name / f"{index}.png")
    if below:
        (place / "test").rename(place / "other")
    folder = place if below else place / "train"
    first = load(folder, test=DrawnTest(0.2, seed=3))
    again = load(folder, test=DrawnTest(0.2, seed=3))
    other = load(folder, test=DrawnTest(0.2, seed=4))
    assert (sizes(first), sizes(first, "test")) == ([8, 8], [2, 2])
    assert np.array_equal(first.splits["test"][0], again.splits["test"][0])
    assert not np.array_equal(first.splits["test"][0], other.splits["test"][0])
    assert first.notes == ["drew 20% of each class as test images, with seed 3"]


def test_without_any_split_the_error_says_how_one_is_drawn(place: Path):
    with pytest.raises(BadInput, match=r"found cat, dog; data\.test: 0\.2 draws test images"):
        load(place / "train")


def test_a_drawn_split_leaves_every_class_a_training_image():
    labels = np.repeat([0, 1, 2], [1, 2, 50])
    is_test = split_names.stratified(labels, 0.9, seed=0)
    assert [int(is_test[labels == label].sum()) for label in range(3)] == [0, 1, 45]


def test_classes_can_be_given_in_the_order_of_a_nets_logits(place: Path):
    usual = load(place)
    swapped = load(place, order=("dog", "cat"))
    assert swapped.classes.labels == ("dog", "cat")
    assert np.array_equal(swapped.splits["train"][1], 1 - usual.splits["train"][1])
    assert np.array_equal(swapped.splits["train"][0], usual.splits["train"][0])
    with pytest.raises(BadInput, match=r"data\.classes: .*missing cat; unknown cow.*cat, dog in"):
        load(place, order=("dog", "cow"))


def test_a_class_whose_name_is_not_unicode_is_refused(place: Path):
    for split in ("train", "test"):
        (place / split / "cat").rename(place / split / "caf\udce9")
    with pytest.raises(BadInput, match=r"class 'caf\\udce9': its name is not valid UTF-8.*rename"):
        load(place)


def test_the_table_keeps_the_path_of_each_file_and_the_notes(place: Path, tmp_path: Path):
    (place / "test" / "dog" / "0.png").write_text("hello")
    loaded = load(place, skip_broken=True)
    table = tmp_path / "images.parquet"
    meta = {**tables.class_metadata(loaded.classes), "notes": loaded.notes}
    tables.write_images(table, loaded.splits, meta, loaded.paths)
    paths = tables.read_image_paths(table, "train")
    assert paths == [f"train/{name}/{index}.png" for name in ("cat", "dog") for index in range(3)]
    assert "test/dog/0.png" not in tables.read_image_paths(table, "test")
    assert len(tables.read_image_paths(table, "test")) == len(loaded.splits["test"][1])
    assert tables.read_notes(table) == loaded.notes
    assert [note.split(":")[0] for note in loaded.notes] == [
        "left out 1 images that cannot be read"
    ]


def test_a_table_of_images_without_files_has_no_paths(tmp_path: Path):
    pixels = np.zeros((2, 1, 2, 2), np.uint8)
    splits = {"train": (pixels, np.arange(2)), "test": (pixels, np.arange(2))}
    classes = Classes.from_labels(["a", "b"])
    for name, paths in {"old": None, "new": {}}.items():
        meta = tables.class_metadata(classes)
        tables.write_images(tmp_path / name, splits, meta, paths)
    assert (tmp_path / "old").read_bytes() == (tmp_path / "new").read_bytes()
    assert pq.read_schema(tmp_path / "new").names == ["split", "label", "image"]
    assert tables.read_image_paths(tmp_path / "new", "test") == []
