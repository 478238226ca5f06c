"""A claim a test: a folder that is renewed holds what was made last, and whatever the user laid
there.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from interference.errors import BadInput
from interference.io import files


def renew(folder: Path, *paths: str, content: str = "made") -> None:
    with files.renewing(folder) as made:
        for path in paths:
            files.write_text(made / path, content)


def held(folder: Path) -> dict[str, str]:
    """The content of every file of a folder but its list."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != files.LIST
    }


def test_what_is_not_made_again_goes_with_the_folders_that_it_leaves_empty(tmp_path: Path):
    renew(tmp_path / "look", "page", "counts/a", "cctm/a")
    renew(tmp_path / "look", "page", "cctm/b", content="new")
    assert held(tmp_path / "look") == {"page": "new", "cctm/b": "new"}
    assert {path.name for path in (tmp_path / "look").iterdir()} == {"page", "cctm", files.LIST}


def test_the_users_own_files_stay(tmp_path: Path):
    for path in ("notes.txt", "counts/mine", "cctm/mine"):
        files.write_text(tmp_path / path, "own")
    renew(tmp_path, "counts/mine", "counts/a", "counts/b")  # the first stood there before
    files.write_text(tmp_path / "counts" / "a", "changed")
    renew(tmp_path, "page")
    assert held(tmp_path) == {
        "notes.txt": "own",
        "counts/mine": "made",
        "counts/a": "changed",
        "cctm/mine": "own",
        "page": "made",
    }


def test_an_exception_leaves_all_as_it_was(tmp_path: Path):
    renew(tmp_path, "page", "counts/a")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(BadInput):  # a page is no folder
        renew(tmp_path, "page", "page/a", content="half")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("text", ["", "[1, 2]", "{"])
def test_a_list_that_is_none_is_refused_before_the_work(tmp_path: Path, text: str):
    (tmp_path / files.LIST).write_text(text)
    with (
        pytest.raises(
            BadInput, match=r"\.written\.json: cannot read the list of generated files; delete it"
        ),
        files.renewing(tmp_path),
    ):
        pytest.fail("the work began")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "look").write_text("mine")
    with pytest.raises(BadInput, match="cannot be written"):
        renew(tmp_path / "look", "page")
    assert (tmp_path / "look").read_text() == "mine"


def test_the_list_names_what_was_made(tmp_path: Path):
    renew(tmp_path, "page", "counts/a")
    assert json.loads((tmp_path / files.LIST).read_text()).keys() == {"page", "counts/a"}


@pytest.mark.parametrize(
    "name",
    [
        "../thesis.txt",
        "a/../../thesis.txt",
        "/thesis.txt",
        "C:thesis.txt",
        "\\\\host\\share\\x",
        "..\\thesis.txt",
        "a\nb",
        "a\x1b[2Jb",
        "",
        ".",
        "nul",
        "counts/COM1.txt",
        "link/thesis.txt",
    ],
)
def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path, name: str):
    folder = tmp_path / "look"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="expected a name inside the folder"):
        files.inside(folder, name)


@pytest.mark.parametrize("name", ["page.html", "counts/a b.parquet", ".x", "a..b", "ä/猫.svg"])
def test_a_name_within_its_folder_is_joined(tmp_path: Path, name: str):
    assert files.inside(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("outside", ["../thesis.txt", "{}/thesis.txt"])
def test_a_list_from_elsewhere_deletes_nothing_outside(tmp_path: Path, outside: str):
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years")
    digest = files._digest(thesis)
    path = tmp_path / "look" / files.LIST
    files.write_text(path, json.dumps({outside.format(tmp_path): digest}))
    with pytest.raises(BadInput, match="expected a name inside the folder"):
        renew(tmp_path / "look", "page")
    assert thesis.read_text() == "years"


KILLED = """
import os, signal
from pathlib import Path
from interference.io import files
with files.{block} as new:
    (new / "half" if new.is_dir() else new).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("block", ["replacing(Path('page'))", "renewing(Path('.'))"])
def test_what_a_kill_leaves_goes_when_the_same_is_written_again(tmp_path: Path, block: str):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = [sys.executable, "-c", KILLED.format(block=block)]
    killed = subprocess.run(program, cwd=tmp_path, env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert list(tmp_path.glob(".*.tmp"))
    if block.startswith("replacing"):
        files.write_text(tmp_path / "page", "whole")
    else:
        renew(tmp_path, "page", content="whole")
    assert held(tmp_path) == {"page": "whole"}
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_temporary_folder_of_a_living_process_stays(tmp_path: Path):
    with files.replacing(tmp_path / "page") as temporary:
        temporary.write_text("first")
        living = temporary.parent.rename(
            tmp_path / temporary.parent.name.replace(str(os.getpid()), str(os.getppid()))
        )
        files.write_text(tmp_path / "page", "second")
        assert living.exists()
        living.rename(temporary.parent)
    assert held(tmp_path) == {"page": "first"}


def test_a_kill_between_the_renames_leaves_every_file_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    renew(tmp_path, "page", "counts/a")
    replace = os.replace
    moved = []

    def stop_at_the_second(source: Path, target: Path) -> None:
        if Path(target).name not in (files.LIST, "page"):
            raise KeyboardInterrupt
        moved.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        renew(tmp_path, "page", "plots/b", "plots/a", content="new")
    monkeypatch.undo()
    renew(tmp_path, "other")
    assert held(tmp_path) == {"other": "made"}
