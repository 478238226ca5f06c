"""A claim a test: a folder that is renewed holds what was made last, and whatever the user laid there."""

import json
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
