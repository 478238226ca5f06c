"""A project of the user's own: what `interference new` writes, what it refuses, and that the
pipeline runs there from a wheel.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from interference import project
from interference.errors import BadInput
from stages.__main__ import PANELS
from tests.clone import dvc, git, with_our_programs
from tests.imports import ROOT
from tests.test_pipeline import PIPELINE
from tests.test_stages import toy_params

PROGRAM = "from interference.console import main; main()"
COMMANDS = {name for names in PANELS.values() for name in names}


def written(tmp_path: Path) -> dict:
    """The stages of the dvc.yaml that a project gets."""
    project.write_pipeline(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    return YAML(typ="safe").load(tmp_path / "dvc.yaml")["stages"]


def body(entry: dict) -> dict:
    """A stage without its loop."""
    return entry.get("do", entry)


def test_every_stage_runs_the_program_and_depends_on_its_version_alone(tmp_path: Path):
    stages = written(tmp_path)
    assert list(stages) == list(PIPELINE)
    for name, entry in stages.items():
        command = body(entry)["cmd"].split()
        assert command[:2] == ["interference", name]
        assert name in COMMANDS
        assert "python" not in command
        assert body(entry)["deps"][-1] == "requirements.txt"
        assert not [path for path in body(entry)["deps"] if path.endswith(".py") or "src/" in path]


def test_all_but_code_is_that_of_the_checkout(tmp_path: Path):
    for name, entry in written(tmp_path).items():
        own, original = body(entry), dict(body(PIPELINE[name]))
        assert own["cmd"].split()[2:] == original["cmd"].split()[3:]
        data = [path for path in original["deps"] if not path.startswith(("stages/", "src/"))]
        assert own["deps"][:-1] == data
        for part in (own, original):
            del part["cmd"], part["deps"]
        assert own == original


@pytest.mark.parametrize(
    ("folder", "study", "message"),
    [
        ("full", "digits", "found a folder with files in it, expected a new or empty one"),
        ("file", "digits", "found a file, expected a new or empty folder"),
        (
            "fresh",
            "digit",
            "--study: found 'digit', allowed: digits, equal, quick, seeds, short, paper",
        ),
    ],
)
def test_what_cannot_be_laid_out_is_one_line_and_writes_nothing(
    folder: str, study: str, message: str, tmp_path: Path
):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=message):
        project.create(tmp_path / folder, ROOT, study)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.pipeline
def test_a_project_inside_a_repository_joins_it(tmp_path: Path):
    git("init", "--quiet", at=tmp_path)
    project.create(tmp_path / "mine", ROOT, "paper")
    assert not (tmp_path / "mine" / ".git").exists()
    assert (tmp_path / "mine" / ".dvc" / "plots" / "cctm.json").is_file()
    assert (tmp_path / "mine" / "params.yaml").read_bytes() == (ROOT / "params.yaml").read_bytes()


@pytest.mark.slow
@pytest.mark.pipeline
def test_the_pipeline_of_a_project_runs_from_a_wheel(wheel: Path, tmp_path: Path):
    folder = tmp_path / "mine"
    command = [sys.executable, "-c", PROGRAM, "new", str(folder)]
    environment = {**with_our_programs(), "PYTHONPATH": str(wheel)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert (folder / "requirements.txt").read_text() == "interference[pipeline]==9.9\n"
    content = YAML(typ="safe").load(toy_params(folder / "params.yaml"))
    del content["runs"]["small-big_lr"]
    content["sweep"] |= {"pairs": ["3-9"], "runs": ["small"], "scales": ["raw"]}
    YAML().dump(content, folder / "params.yaml")
    dvc("repro", at=folder, PYTHONPATH=str(wheel))
    assert (folder / "data" / "report.html").stat().st_size > 1_000_000
    assert "up to date" in dvc("status", at=folder, PYTHONPATH=str(wheel))
    git("add", "--all", at=folder)
    added = git("diff", "--cached", "--name-only", at=folder).splitlines()
    assert {"dvc.lock", "metrics/small.json", "plots/REPRODUCTION.md"} <= set(added)
    assert not [path for path in added if path.startswith("data/")]
