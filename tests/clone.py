"""Scratch repositories of this checkout's files, with DVC and git in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from tests import forks, stage_programs
from tests.imports import ROOT
from tests.test_stages import toy_params


def with_our_programs() -> dict[str, str]:
    """The environment of an activated virtual environment, one thread a process."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "1"}


def dvc(*words: str, at: Path, **environment: str) -> str:
    """What DVC prints; its failure fails the test, with all it said.

    The stages that it starts run the code of the folder `at` or of the wheel on PYTHONPATH, as
    forks that have PyTorch already.
    """
    programs = with_our_programs()
    programs["PATH"] = f"{stage_programs.folder()}{os.pathsep}{programs['PATH']}"
    ended = forks.completed(["dvc", *words], at, {**programs, **environment})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def git(*words: str, at: Path) -> str:
    """What git prints."""
    return subprocess.run(
        ["git", *words], cwd=at, check=True, text=True, capture_output=True
    ).stdout


def checkout(path: Path) -> Path:
    """This checkout's files as they now are, ignored ones left out, in a repository of their own,
    not yet committed.
    """
    for name in git("ls-files", "--cached", "--others", "--exclude-standard", at=ROOT).splitlines():
        if (ROOT / name).is_file():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, path / name)
    git("init", "-q", at=path)
    git("config", "user.name", "test", at=path)
    git("config", "user.email", "test@localhost", at=path)
    return path


def commit(path: Path, message: str) -> None:
    """Commit all that a repository holds, into one file that is quickly copied."""
    git("add", "-A", at=path)
    git("commit", "-qm", message, at=path)
    git("repack", "-qad", at=path)


def reproduced(path: Path) -> Path:
    """A checkout with toy parameters, reproduced once and committed."""
    checkout(path)
    toy_params(path / "params.yaml")
    content = YAML(typ="safe").load(path / "params.yaml")
    content["big_lr"]["epochs"] = 2
    content["sweep"] |= {"pairs": ["3-9"], "runs": ["small", "small-big_lr"], "scales": ["raw"]}
    YAML().dump(content, path / "params.yaml")
    commit(path, "toy")
    dvc("repro", at=path)
    commit(path, "results")
    return path
