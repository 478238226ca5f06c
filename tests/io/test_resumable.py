"""A claim a test: work that goes on where it was interrupted."""

from contextlib import suppress
from pathlib import Path

import pytest

from interference.io.resumable import resumable


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where unfinished work is kept."""
    monkeypatch.setenv("INTERFERENCE_RESUME", str(tmp_path / "resume"))
    return tmp_path / "resume"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """An input file."""
    path = tmp_path / "images"
    path.write_text("first")
    return path


def interrupt(work: dict[str, object], images: Path) -> Path:
    """Begin some work and leave it after its first part; the folder that is left."""
    with suppress(KeyboardInterrupt), resumable(work, {"images": images}) as unfinished:
        unfinished.folder.mkdir(parents=True, exist_ok=True)
        (unfinished.folder / "part").write_text("1")
        unfinished.stopwatch.started -= 90
        unfinished.keep_time()
        raise KeyboardInterrupt
    return unfinished.folder


def test_interrupted_work_finds_its_parts_and_its_seconds(images: Path):
    interrupt({"run": "vgg19"}, images)
    with resumable({"run": "vgg19"}, {"images": images}) as unfinished:
        assert (unfinished.folder / "part").read_text() == "1"
        assert 90 <= unfinished.seconds < 100


def test_finished_work_leaves_nothing(images: Path, folder: Path):
    interrupt({"run": "vgg19"}, images)
    with resumable({"run": "vgg19"}, {"images": images}):
        pass
    assert not list(folder.iterdir())
    with resumable({"run": "vgg19"}, {"images": images}) as unfinished:
        assert unfinished.seconds < 90


def test_other_work_and_other_inputs_never_take_up_what_is_left(images: Path):
    left = interrupt({"run": "vgg19"}, images)
    with resumable({"run": "resnet18"}, {"images": images}) as unfinished:
        assert unfinished.folder != left
    images.write_text("second")
    with resumable({"run": "vgg19"}, {"images": images}) as unfinished:
        assert unfinished.folder != left
