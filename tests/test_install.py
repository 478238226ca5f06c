"""A claim a test: environments are made, or the reason why not is one line; versions are held
together.
"""

import os
import re
import subprocess
import sys
import time
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from tests.imports import ROOT
from tools import install, oldest

NOWHERE = "http://127.0.0.1:9/simple"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = [
    Requirement(line)
    for line in (ROOT / "requirements-locked.txt").read_text().splitlines()
    if line[0] != "#"
]


def installed(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """A call of tools/install.py with none of this machine's settings for pip."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "1"}
    return subprocess.run(
        [sys.executable, "tools/install.py", str(folder), *words],
        cwd=ROOT,
        text=True,
        capture_output=True,
        env=others | settings,
    )


def wheel(folder: Path) -> Path:
    """A package of nothing."""
    path = folder / "nothing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nothing.py", "")
        archive.writestr(
            "nothing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n"
        )
        archive.writestr("nothing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("nothing-1.0.dist-info/RECORD", "")
    return path


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "  Downloading torch-2.14.1-cp311-cp311-manylinux_2_28_x86_64.whl (530.2 MB)\n",
            "  torch 2.14.1: 530 MB",
        ),
        (
            "  Using cached https://there/x/ray-2.60.0-cp311-cp311-linux.whl.metadata (1.5 GB)\n",
            "  ray 2.60.0: 1500 MB",
        ),
        ("  Downloading rich-15.0.0-py3-none-any.whl (310 kB)\n", None),
        ("  Downloading timm-1.0.31-py3-none-any.whl (2.5 MB)\n", None),
        ("Collecting torch>=2.11 (from interference==0.1.0)\n", None),
        (
            "Installing collected packages: a, b, c\n",
            "  unpacking 3 packages; pip is silent meanwhile, for a minute or several",
        ),
    ],
)
def test_large_packages_are_worth_a_line(line: str, shown: str | None):
    assert install.size_line(line) == shown


@pytest.mark.slow
def test_an_environment_says_its_size_and_steps_and_is_marked_as_done(tmp_path: Path):
    call = installed(tmp_path / "venv", "--no-index", str(wheel(tmp_path)))
    lines = call.stdout.splitlines()
    assert (call.returncode, call.stderr) == (0, "")
    assert "about 7 GB of disk" in lines[0]
    assert lines[1:] == [
        "  1 of 2: a virtual environment",
        "  2 of 2: the packages that are needed",
        "  unpacking 1 packages; pip is silent meanwhile, for a minute or several",
        f"set-up: {tmp_path / 'venv'} is ready",
    ]
    assert (tmp_path / "venv" / ".done").exists()
    assert "Successfully installed nothing-1.0" in (tmp_path / "venv" / "install.log").read_text()


@pytest.mark.slow
def test_without_a_network_one_line_says_what_to_do_and_nothing_counts_as_done(tmp_path: Path):
    call = installed(tmp_path / "venv", "--editable", ".[dev]")
    assert call.returncode == 1
    assert re.fullmatch(
        r"set-up: pip's package index cannot be reached: check the network, or name .*\n",
        call.stderr,
    )
    assert not (tmp_path / "venv" / ".done").exists()


@pytest.mark.slow
def test_an_unreachable_index_of_cpu_builds_is_named(tmp_path: Path):
    call = installed(
        tmp_path / "venv", "--torch", "cpu", "--torch-index", NOWHERE, "--editable", ".[dev]"
    )
    assert call.returncode == 1
    assert re.fullmatch(rf"set-up: {re.escape(NOWHERE)} cannot be reached: .*\n", call.stderr)
    assert f"  2 of 3: PyTorch for CPUs, from {NOWHERE}\n" in call.stdout
    assert not (tmp_path / "venv" / ".done").exists()


def test_another_error_of_pip_is_quoted():
    lines = ["Collecting nothing\n", "ERROR: No matching distribution found for nothing==2\n"]
    assert install.reason(lines, "the index") == (
        "pip failed: ERROR: No matching distribution found for nothing==2; mend that and call make again"
    )


def test_an_environment_that_is_there_costs_no_time(tmp_path: Path):
    (tmp_path / ".done").touch()
    started = time.perf_counter()
    call = subprocess.run(
        ["make", "--no-print-directory", "setup", f"VENV={tmp_path}"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    assert time.perf_counter() - started < 2
    assert (
        call.stdout
        == f"set-up: nothing is left to do; for another choice remove {tmp_path} first\n"
    )


def test_the_oldest_versions_are_the_lower_bounds():
    project = {
        "name": "ours",
        "dependencies": ["numpy>=1.26", "plotly>=6,<8"],
        "optional-dependencies": {
            "nets": ["timm>=1.0.26"],
            "all": ["ours[nets]"],
            "dev": ["ruff>=0.8"],
            "docs": ["mkdocs"],
        },
    }
    assert oldest.oldest(project) == {"numpy": "1.26", "plotly": "6", "timm": "1.0.26"}
    with pytest.raises(ValueError, match="found 'numpy', expected a lower bound"):
        oldest.oldest(project | {"dependencies": ["numpy"]})


def test_every_package_that_users_install_has_a_lower_bound():
    assert {"torch", "numpy", "ray", "timm"} < set(oldest.oldest(PROJECT))


def test_locked_versions_are_exact_and_allowed():
    versions = {}
    for requirement in LOCKED:
        found = re.fullmatch(r"==([\w.]+)", str(requirement.specifier))
        assert found, requirement
        versions[canonicalize_name(requirement.name)] = found[1]
    extras = PROJECT["optional-dependencies"].values()
    for word in [*PROJECT["dependencies"], *(word for words in extras for word in words)]:
        requirement = Requirement(word)
        if requirement.name != PROJECT["name"]:
            assert versions[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_script_of_the_report_is_of_a_major_version_that_was_looked_at():
    plotly = next(
        Requirement(word) for word in PROJECT["dependencies"] if word.startswith("plotly")
    )
    assert version("plotly") in plotly.specifier
    assert "999" not in plotly.specifier


def test_workflows_call_targets_of_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set()
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        jobs = YAML(typ="safe").load(path)["jobs"].values()
        commands = [step.get("run", "") for job in jobs for step in job["steps"]]
        for command in commands:
            called.update(re.findall(r"^make ([a-z]+)", command, re.MULTILINE))
    assert called == {"setup", "browser", "test", "docs"}
    assert called <= targets


def test_workflows_run_every_supported_python():
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "checks.yml")
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    prefix = "Programming Language :: Python :: "
    named = [
        name.removeprefix(prefix) for name in PROJECT["classifiers"] if name.startswith(prefix)
    ]
    assert [name for name in named if "." in name] == tested
