"""The program `interference`: what it lists, whose code it runs, how it ends, and that a wheel
holds all of it.
"""

import inspect
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from typer.models import ArgumentInfo

from interference import console
from interference.version import __version__
from stages.__main__ import PANELS
from tests import toy
from tests.imports import ROOT, SRC
from tests.test_pipeline import PIPELINE

COMMANDS = [name for names in PANELS.values() for name in names]
PROGRAM = "from interference.console import main; main()"


def program(
    *words: str, at: Path = ROOT, source: Path = SRC.parent, **more: str
) -> subprocess.CompletedProcess[str]:
    """`interference`, from a package of ours in the folder `source`, called in the folder `at`."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(source),
        "COLUMNS": "100",
        "OMP_NUM_THREADS": "1",
        **more,
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=at,
        text=True,
        capture_output=True,
        env=environment,
    )


@pytest.mark.slow
def test_help_lists_every_stage_under_its_panel_in_a_line_of_its_own():
    lines = program("--help").stdout.splitlines()
    panels = [line for line in lines if any(panel in line for panel in PANELS)]
    assert [line.strip("╭─╮ ") for line in panels] == list(PANELS)
    listed = [
        found[1]
        for line in lines
        if (found := re.match(r"│ ([a-z-]+) +\S.*", line)) and "--" not in found[1]
    ]
    assert listed == COMMANDS
    assert any("dvc repro" in line for line in lines)


def test_every_stage_is_a_command_and_the_pipeline_comes_in_its_order():
    files = {path.stem.replace("_", "-") for path in (ROOT / "stages").glob("[!_]*.py")}
    assert sorted(COMMANDS) == sorted(files)
    assert [name for name in COMMANDS if name in PIPELINE] == list(PIPELINE)


@pytest.mark.slow
def test_help_is_quick_since_it_imports_no_stage():
    def seconds(call: Callable[[], subprocess.CompletedProcess[str]]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert call().returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], text=True))
    assert seconds(lambda: program("--help")) - bare < 0.5  # 0.2 on an idle machine
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "stages", "--help"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stderr
    assert not re.search(
        r"\| +(torch|numpy|pandas|interference\.(?!errors|version)|stages\.)", imported
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_a_stage_says_what_it_is(name: str):
    parameters = inspect.signature(
        import_module(f"stages.{name.replace('-', '_')}").main
    ).parameters.values()
    for parameter in parameters:
        (info,) = parameter.annotation.__metadata__
        assert info.help
        required = parameter.default is inspect.Parameter.empty
        assert isinstance(info, ArgumentInfo) or not required


@pytest.mark.slow
def test_help_of_a_command_is_that_of_its_stage():
    alone = subprocess.run(
        [sys.executable, "-m", "stages.export", "--help"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        env={**os.environ, "COLUMNS": "100"},
        check=True,
    ).stdout
    together = program("export", "--help").stdout
    assert (
        together.replace("interference export", "X").split()
        == re.sub(r"python -m stages.export|export.py", "X", alone).split()
    )
    assert "--split" in together


@pytest.mark.slow
def test_a_misspelt_command_is_refused_and_bad_input_is_one_line(tmp_path: Path):
    assert program("figurse").returncode == 2
    refused = program("export", "nowhere.parquet", "x.csv", at=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "error: nowhere.parquet: no such file\n"


def hears_ctrl_c() -> None:
    """A program that was started in the background passes over Ctrl-C, and so do all that it
    starts.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_ctrl_c_ends_a_command_with_130(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "look", "-"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hears_ctrl_c,
        env={**os.environ, "PYTHONPATH": str(SRC.parent)},
    ) as process:
        assert process.stdin
        assert process.stderr
        # More than a pipe holds: the call returns once the command reads.
        process.stdin.write(b"label,predicted\n" + 20_000 * b"cat,dog\n")
        process.stdin.flush()
        # A signal between two reads is heard only after the second, so a person presses again.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                continue
        errors = process.stderr.read()
    assert process.returncode == 130
    assert b"Traceback" not in errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("interference exp", {"export"}),
        ("interference plots", {"plots", "plots-page"}),
        ("interference figures --par", {"--parameters"}),
        ("interference export a.parquet b.csv --", {"--pair", "--zoom", "--split", "--help"}),
    ],
)
def test_a_shell_completes_commands_and_their_options(typed: str, expected: set[str]):
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    completed = program(_INTERFERENCE_COMPLETE="complete_bash", **words)
    assert set(completed.stdout.split()) == expected


@pytest.mark.slow
def test_completion_is_set_up_for_the_program_by_its_name():
    script = program(_INTERFERENCE_COMPLETE="source_bash").stdout
    assert "_INTERFERENCE_COMPLETE=complete_bash" in script
    assert script.rstrip().endswith(" interference")
    assert "--install-completion" in program("--help").stdout


@pytest.mark.slow
def test_the_code_that_runs_is_that_of_the_checkout_one_stands_in(copy: Path, tmp_path: Path):
    assert program("--version", at=ROOT).stdout == f"interference {__version__}\n"
    assert program("--version", at=tmp_path).stdout == f"interference {__version__}\n"
    (copy / "data").mkdir(exist_ok=True)
    for folder in (copy, copy / "data"):
        assert program("--version", at=folder).stdout == "interference 9.9\n"


@pytest.mark.slow
def test_stages_of_another_project_are_not_ours(copy: Path, wheel: Path, tmp_path: Path):
    (tmp_path / "stages").mkdir()
    (tmp_path / "dvc.yaml").write_text("")
    (tmp_path / "stages" / "__main__.py").write_text("print('theirs')")
    (tmp_path / "stages" / "__init__.py").write_text("")
    assert not console.is_checkout(tmp_path)
    for source in (SRC.parent, wheel):
        assert "theirs" not in program("--version", at=tmp_path, source=source).stdout


def test_a_wheel_holds_every_module_and_every_stage_inside_the_package(copy: Path, wheel: Path):
    def inside(folder: Path) -> set[str]:
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file()
            and not {"__pycache__", "program"} & set(path.relative_to(folder).parts)
        }

    assert inside(wheel / "interference") == inside(copy / "src" / "interference")
    assert inside(wheel / "interference" / "program" / "stages") == inside(copy / "stages")
    project = wheel / "interference" / "program" / "project"
    for name in ("dvc.yaml", "params.yaml", "studies/digits.yaml", ".dvc/plots/cctm.json"):
        assert (project / name).read_bytes() == (copy / name).read_bytes()
    assert {path.name for path in wheel.iterdir() if path.is_dir()} == {
        "interference",
        "interference-9.9.dist-info",
    }
    scripts = (wheel / "interference-9.9.dist-info" / "entry_points.txt").read_text()
    assert "interference = interference.console:main" in scripts


@pytest.mark.slow
def test_the_metadata_of_a_wheel_are_valid(wheel: Path):
    files = [str(path) for path in wheel.glob("*.whl")]
    command = [sys.executable, "-m", "twine", "check", "--strict", *files]
    checked = subprocess.run(command, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stdout
    assert "PASSED" in checked.stdout


@pytest.mark.slow
def test_an_installed_wheel_runs_its_own_stages_away_from_any_checkout(wheel: Path, tmp_path: Path):
    assert program("--version", at=tmp_path, source=wheel).stdout == "interference 9.9\n"
    toy.study(tmp_path, classes=toy.LETTERS, runs={"vgg19": "optim"}, pairs=["a-b"])
    done = program("export", "cctm/vgg19.parquet", "cctm.tex", at=tmp_path, source=wheel)
    assert done.returncode == 0, done.stderr
    assert "vgg19" in (tmp_path / "cctm.tex").read_text()


@pytest.mark.parametrize(
    ("given", "used"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")]
)
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(given: dict, used: str):
    code = "import os, sys, stages; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | given,
        text=True,
        capture_output=True,
    )
    assert shown.stdout.split() == [used, "False"], shown.stderr


def lay_checkout(folder: Path, owner: int) -> None:
    """Lay code that looks like a checkout, which belongs to another user if this test may do so."""
    (folder / "stages").mkdir(parents=True)
    (folder / "src" / "interference").mkdir(parents=True)
    (folder / "stages" / "__main__.py").write_text("print('theirs')")
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner)


def test_code_of_another_user_above_the_working_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    lay_checkout(tmp_path / "shared", owner=54321)
    if os.getuid():
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    (tmp_path / "shared" / "work").mkdir()
    assert console.stages_home(tmp_path / "shared" / "work") != tmp_path / "shared"
    assert "belongs to another user" in capsys.readouterr().err


def test_code_of_ones_own_above_the_working_directory_is_run(tmp_path: Path):
    lay_checkout(tmp_path, owner=os.getuid())
    (tmp_path / "work").mkdir()
    assert console.stages_home(tmp_path / "work") == tmp_path


@pytest.mark.slow
def test_the_code_of_another_checkout_is_named(copy: Path):
    assert program("--version", at=copy).stderr == f"interference: runs the code of {copy}\n"
    assert program("--version", at=ROOT).stderr == ""
