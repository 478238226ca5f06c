"""A stage that DVC starts as a fork ends as the program itself: exit status, output and errors."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import stage_programs
from tests.clone import with_our_programs
from tests.imports import ROOT

STAGES = {
    "shown": """
import os, sys
import stages, interference
print(os.getcwd(), sys.argv, sys.path[0], os.environ["GIVEN"], __name__, __package__)
print(stages.__file__, interference.__file__)
print("an error", file=sys.stderr)
""",
    "status": "import sys; print('before'); sys.exit(7)",
    "text": "import sys; sys.exit('what is wrong')",
    "killed": f"import os; os.kill(os.getpid(), {signal.SIGKILL})",
    "exited": "import os; print('at once', flush=True); os._exit(3)",
    "wrong": "1 / 0",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose stages are a few lines."""
    for folder in ("stages", "interference"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    for name, text in STAGES.items():
        (tmp_path / "stages" / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def python() -> Path:
    """The `python` that comes first on the path of DVC."""
    return stage_programs.folder() / "python"


def ended(python: Path | str, arguments: str, at: Path) -> tuple[int, str, str]:
    """The exit status, the output and the errors of a call of Python."""
    completed = subprocess.run(
        [python, *arguments.split()],
        cwd=at,
        text=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "GIVEN": "a b", "COLUMNS": "100"},
    )
    return completed.returncode, completed.stdout, completed.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("-m stages.shown a --b=c", 0),
        ("-m stages.status", 7),
        ("-m stages.text", 1),
        ("-m stages.killed", -signal.SIGKILL),
        ("-m stages.exited", 3),
        ("-c print(1)", 0),
        ("-m json.tool nowhere", 2),
    ],
)
def test_a_stage_that_is_a_fork_ends_as_python_ends_it(
    arguments: str, status: int, python: Path, checkout: Path
):
    forked = ended(python, arguments, checkout)
    assert forked == ended(sys.executable, arguments, checkout)
    assert forked[0] == status


@pytest.mark.slow
def test_the_traceback_of_a_stage_that_is_a_fork_is_shown(python: Path, checkout: Path):
    status, output, errors = ended(python, "-m stages.wrong", checkout)
    assert (status, output) == (1, "")
    assert errors.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["nowhere.parquet x.csv", "", "--help"])
def test_a_stage_of_ours_that_is_a_fork_prints_what_it_prints_by_itself(
    arguments: str, python: Path
):
    call = f"-m stages.export {arguments}"
    assert ended(python, call, ROOT) == ended(sys.executable, call, ROOT)


@pytest.mark.slow
def test_the_program_that_is_a_fork_runs_the_code_of_the_wheel_on_pythonpath(
    wheel: Path, tmp_path: Path
):
    program = stage_programs.folder() / "interference"
    environment = {**with_our_programs(), "PYTHONPATH": str(wheel)}
    shown = subprocess.run(
        [program, "--version"], cwd=tmp_path, env=environment, text=True, capture_output=True
    )
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "interference 9.9\n", "")
