"""What the report says of its making: the commit it was built from, and how long the runs took."""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from interference.errors import BadInput
from interference.io.tables import Table
from interference.reporting import report
from interference.study.provenance import built, spent
from interference.version import __version__


def git(folder: Path, *arguments: str) -> str:
    name = {
        f"GIT_{who}_{what}": "test@localhost"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        text=True,
        capture_output=True,
        env={**os.environ, **name},
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    for name in ("params.yaml", "src/code.py", "dvc.lock"):
        (tmp_path / name).write_text("first")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_the_commit_is_that_of_the_checkout_and_results_are_no_change(checkout: Path):
    parameters = checkout / "params.yaml"
    assert built(parameters, checkout) == {
        "interference": __version__,
        "commit": git(checkout, "rev-parse", "--short=12", "HEAD"),
        "date": git(checkout, "show", "--no-patch", "--format=%cs", "HEAD"),
    }
    (checkout / "dvc.lock").write_text("second")
    assert "uncommitted" not in built(parameters, checkout)["commit"]


@pytest.mark.parametrize("name", ["params.yaml", "src/code.py", "src/new.py"])
def test_changes_of_code_and_parameters_are_said(checkout: Path, name: str):
    (checkout / name).write_text("second")
    assert (
        built(checkout / "params.yaml", checkout)["commit"]
        == f"{git(checkout, 'rev-parse', '--short=12', 'HEAD')} + uncommitted changes"
    )


def test_where_there_is_no_git_there_is_no_word_of_it(tmp_path: Path, checkout: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    parameters = checkout / "params.yaml"
    assert built(parameters, checkout) == {"interference": __version__}
    monkeypatch.undo()
    (checkout / "wheel").mkdir()  # as a virtual environment within a checkout of something else
    assert built(parameters, checkout / "wheel") == {"interference": __version__}


def test_git_is_never_asked_about_a_strangers_folder(tmp_path: Path, checkout: Path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "params.yaml").write_text("theirs")
    git(theirs, "init", "-q")
    git(theirs, "config", "core.fsmonitor", f"touch {tmp_path / 'ran'}; false")
    for parameters in (theirs / "params.yaml", checkout / "params.yaml"):
        git(checkout, "config", "core.fsmonitor", f"touch {tmp_path / 'ran'}; false")
        assert built(parameters, checkout)["commit"]
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def times_folder(tmp_path: Path) -> Path:
    for name, seconds in (
        ("a", 3600),
        ("ego/a", 90.4),
        ("sweeps/a-cat-dog-raw", 59),
        ("sweeps/a-egos-raw", 2),
        ("sweeps/b-cat-dog-raw", 7),
        ("sweeps/a-left-over", 1e6),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.json").write_text(json.dumps({"seconds": seconds}))
    (tmp_path / "b.json").write_text("{}")
    return tmp_path


def surfaces(*stems: str) -> dict[str, Table]:
    """Surfaces of the runs that their names begin with."""
    return {stem: Table(None, {"run": {"name": stem[0]}}) for stem in stems}


def test_planes_that_count_are_summed_by_run_and_what_is_not_recorded_is_not_known(
    times_folder: Path,
):
    times = spent(
        times_folder,
        ["a", "b", "c"],
        surfaces("a-cat-dog-raw", "a-egos-raw", "b-cat-dog-raw", "b-egos-raw"),
    )
    assert times["a"] == {"training": 3600, "gradients": 90.4, "planes": 61}
    assert all(map(np.isnan, times["b"].values()))
    assert np.isnan(times["c"]["training"])
    assert times["c"]["planes"] == 0


def test_times_that_are_no_json_are_named(times_folder: Path):
    for content in ("{", "[]", '{"seconds": "long"}'):
        (times_folder / "b.json").write_text(content)
        with pytest.raises(BadInput, match=r"b\.json: no times"):
            spent(times_folder, ["b"], {})


def test_the_page_sums_what_is_known(times_folder: Path):
    times = spent(
        times_folder, ["a", "b"], surfaces("a-cat-dog-raw", "a-egos-raw", "b-cat-dog-raw")
    )
    page = report.html(report.Study("", ["a", "b"], spent=times))
    cells = re.findall("<td>(.*?)</td>", page.split('aria-label="Time spent"')[1])[:15]
    dash = "\N{EN DASH}"
    assert cells == [
        "a",
        "1:00:00",
        "0:01:30",
        "0:01:01",
        "1:02:31",
        "b",
        dash,
        dash,
        "0:00:07",
        "0:00:07",
        "all",
        "1:00:00",
        "0:01:30",
        "0:01:08",
        "1:02:38",
    ]


def test_a_study_whose_times_are_not_known_has_no_table_of_them(tmp_path: Path):
    times = spent(tmp_path, ["a"], surfaces("a-cat-dog-raw"))
    assert "Time spent" not in report.html(report.Study("", ["a"], spent=times))
