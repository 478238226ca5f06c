"""Interrupted work: what is resumed, what starts afresh, and why."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from interference.errors import BadInput
from interference.io.resumable import Work, at_work, left, resumable


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of unfinished work."""
    monkeypatch.setenv("INTERFERENCE_RESUME", str(tmp_path / "resume"))
    return tmp_path / "resume"


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A piece of work with an input file and a file of code."""
    images = tmp_path / "images"
    images.write_text("first")
    code = tmp_path / "net.py"
    code.write_text("relu")
    settings = {"run": {"name": "vgg19", "setup": {"lr": 0.1}}}
    return Work("training of vgg19", settings, {"images": images}, {"net.py": code})


def interrupt(work: Work) -> Path:
    """Begin some work and leave it after its first part; returns the folder that is left."""
    with suppress(KeyboardInterrupt), resumable(work, print) as unfinished:
        (unfinished.folder / "part").write_text("1")
        unfinished.stopwatch.started -= 90
        unfinished.keep_time()
        raise KeyboardInterrupt
    return unfinished.folder


def begin(work: Work) -> tuple[Path, list[str]]:
    """Begin some work and finish it; its folder, and the lines that were reported."""
    lines: list[str] = []
    with resumable(work, lines.append) as unfinished:
        pass
    return unfinished.folder, lines


def test_interrupted_work_finds_its_parts_and_its_seconds(work: Work):
    interrupt(work)
    with resumable(work, print) as unfinished:
        assert (unfinished.folder / "part").read_text() == "1"
        assert 90 <= unfinished.seconds < 100


def test_finished_work_leaves_nothing(work: Work, folder: Path):
    interrupt(work)
    assert begin(work)[1] == []
    assert not list(folder.iterdir())
    with resumable(work, print) as unfinished:
        assert unfinished.seconds < 90


def test_other_work_and_other_inputs_never_take_up_what_is_left(work: Work):
    folder = interrupt(work)
    other = replace(work, title="training of resnet18")
    assert begin(other) != folder
    work.inputs["images"].write_text("second")
    assert begin(work)[0] != folder


def test_changed_code_starts_afresh_and_names_the_file(work: Work):
    folder = interrupt(work)
    work.code["net.py"].write_text("tanh")
    later, lines = begin(work)
    assert later != folder
    (line,) = lines
    assert "starts afresh" in line
    assert "net.py" in line
    assert str(folder) in line


def test_a_changed_setting_is_named_by_its_path(work: Work):
    interrupt(work)
    changed = {"run": {"name": "vgg19", "setup": {"lr": 0.2}}}
    _, lines = begin(replace(work, settings=changed))
    assert lines[0].endswith("other run.setup.lr")


def test_work_that_is_resumed_or_has_another_title_gives_no_reason(work: Work):
    interrupt(work)
    assert begin(replace(work, title="training of resnet18"))[1] == []
    assert begin(work)[1] == []


def test_a_second_process_at_the_same_work_is_refused(work: Work):
    with resumable(work, print) as unfinished:
        assert at_work(unfinished.folder)
        code = f"""
from pathlib import Path
from interference.io.resumable import Work, resumable
inputs = {{"images": Path({str(work.inputs["images"])!r})}}
code = {{"net.py": Path({str(work.code["net.py"])!r})}}
with resumable(Work({work.title!r}, {work.settings!r}, inputs, code), print):
    pass
"""
        second = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert f"process {os.getpid()} on" in second.stderr
        assert "BadInput: training of vgg19" in second.stderr
        assert unfinished.folder.exists()
    assert not unfinished.folder.exists()


def test_work_that_fails_before_its_first_part_leaves_nothing(work: Work, folder: Path):
    with pytest.raises(BadInput), resumable(work, print):
        raise BadInput("no part")
    assert not list(folder.iterdir())


def test_the_lock_ends_with_the_work(work: Work):
    folder = interrupt(work)
    assert not at_work(folder)
    assert begin(work)[0] == folder


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', '{"title": 3}'])
def test_a_damaged_description_is_passed_over(work: Work, content: str):
    folder = interrupt(work)
    (folder / "work.json").write_text(content)
    assert left() == []
    assert begin(replace(work, settings={}))[1] == []


def test_a_damaged_time_counts_as_none(work: Work):
    folder = interrupt(work)
    (folder / "seconds").write_text("nan")
    with resumable(work, print) as unfinished:
        assert 0 <= unfinished.seconds < 90


def test_the_list_names_titles_from_the_oldest(work: Work):
    other = replace(work, title="sweep")
    folders = [interrupt(work), interrupt(other)]
    os.utime(folders[1] / "work.json", (0, 0))
    assert [description["title"] for _, description in left()] == ["sweep", "training of vgg19"]
    assert json.loads((folders[0] / "work.json").read_text())["code"].keys() == {"net.py"}


def test_a_folder_that_cannot_be_made_is_one_line(work: Work, folder: Path):
    folder.write_text("a file")
    with pytest.raises(BadInput, match="cannot be written"), resumable(work, print):
        pass
