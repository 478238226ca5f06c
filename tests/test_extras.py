"""The light core: what runs without PyTorch and DVC, and the line that names a missing package."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from interference import extras
from tests.imports import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WITHOUT = f"""if True:
    import sys

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in {list(extras.EXTRAS)}:
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

    sys.meta_path.insert(0, Missing())
    sys.argv[0] = "interference"
    from runpy import run_module
    run_module("stages", run_name="__main__", alter_sys=True)"""


def without_extras(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    """The program in a process in which no package of an extra can be imported."""
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *words],
        cwd=at,
        text=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.slow
def test_a_look_needs_no_extra(tmp_path: Path):
    (tmp_path / "p.csv").write_text("label,predicted\ncat,cat\ncat,dog\ndog,dog\n")
    done = without_extras("look", "p.csv", at=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "look" / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "cctm", "ego", "sweep", "machine"])
def test_a_command_without_its_extra_ends_in_one_line(command: str, tmp_path: Path):
    done = without_extras(command, "--help", at=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: torch")
    assert "install the extra 'train'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_import_that_no_extra_mends_has_no_hint():
    assert extras.hint(ModuleNotFoundError(name="nothing")) is None
    assert "'pipeline'" in str(extras.hint(ModuleNotFoundError(name="dvc.repo")))


def test_every_package_of_an_extra_is_listed_there():
    names = {"sklearn": "scikit-learn", "vl_convert": "vl-convert-python"}
    for package, extra in extras.EXTRAS.items():
        listed = " ".join(PROJECT["optional-dependencies"][extra])
        assert names.get(package, package) in listed
        assert not any(
            line.startswith(names.get(package, package)) for line in PROJECT["dependencies"]
        )
