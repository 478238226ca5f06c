"""A claim a test: pictures of files that a table names never come from elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from interference.datasets import thumbnails as module
from interference.datasets.thumbnails import SIDE, thumbnails

RED = (255, 0, 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with images below it, beside one that is nobody's business."""
    for place in ("mine/x", "theirs"):
        (tmp_path / place).mkdir(parents=True)
    for file in ("mine/x/a.png", "mine/x/b.jpg", "theirs/secret.png"):
        Image.new("RGB", (200, 100), RED).save(tmp_path / file)
    return tmp_path / "mine"


def test_pictures_are_small_and_keep_their_proportions(folder: Path):
    names = ["x/a.png", "x/b.jpg", str(folder / "x" / "a.png")]
    pictures, notes = thumbnails(names, [folder])
    assert list(pictures) == names
    assert notes == []
    for picture in pictures.values():
        assert picture.shape == (SIDE, SIDE, 3)
        assert np.abs(picture[SIDE // 2, SIDE // 2].astype(int) - RED).max() < 5
        assert not picture[0].any()  # the border above


@pytest.mark.parametrize("how", ["../theirs/secret.png", "absolute", "link", "linked/secret.png"])
def test_no_file_outside_the_folders_is_opened(
    how: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    secret = folder.parent / "theirs" / "secret.png"
    (folder / "link").symlink_to(secret)
    (folder / "linked").symlink_to(secret.parent)
    monkeypatch.setattr(module, "open_image", lambda *_: pytest.fail("opened what is outside"))
    name = str(secret) if how == "absolute" else how
    pictures, notes = thumbnails([name], [folder])
    assert not pictures
    assert notes == [
        "no picture of 1 image files: 1 outside the folders of the predictions and the current "
        f"folder ({name})"
    ]


def test_what_has_no_picture_is_counted_by_its_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "text.png").write_text("no image")
    Image.fromarray(np.zeros((9, 9), np.uint16)).save(folder / "deep.png")
    monkeypatch.setattr(module, "MOST", 1)
    names = ["gone.png", "nul\0.png", "text.png", "deep.png", "x", "x/a.png", "x/b.jpg"]
    pictures, notes = thumbnails(names, [folder])
    assert list(pictures) == ["x/a.png"]
    assert notes == [
        "no picture of 6 image files: 3 not there (gone.png), 2 no images that can be read "
        "(text.png), 1 beyond the first 500 (x/b.jpg)"
    ]


def test_large_files_and_bombs_are_not_decoded(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    pictures, (note,) = thumbnails(["x/a.png"], [folder])
    assert not pictures
    assert "no images that can be read" in note
    monkeypatch.setattr(module, "LARGEST", 10)
    _, (note,) = thumbnails(["x/a.png"], [folder])
    assert "larger than 32 MiB" in note
