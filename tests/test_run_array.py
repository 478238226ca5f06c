"""The runs of a study as tasks of an array, on this machine and for SLURM; a run as one task."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from interference.errors import BadInput
from interference.pipeline import LEFT, MADE, Piece
from interference.runtime import ray_cluster
from stages import commit, pieces, run_array
from stages.run_array import Task
from tests.arrays import FOUR_RUNS, ended, program, results, study, wait_for_epoch
from tests.clone import dvc, git, with_our_programs
from tests.imports import ROOT


@pytest.mark.slow
def test_sigterm_ends_a_task_with_3_and_says_what_is_left(tmp_path: Path):
    folder = study(tmp_path)
    task = program("pieces", str(folder), "--task", "0")
    wait_for_epoch(folder)
    task.send_signal(signal.SIGTERM)
    status, output = ended(task)
    assert status == LEFT, output
    assert "3 of 7 pieces done; left: train@small, cctm@small" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_an_array_starts_killed_tasks_again_and_makes_the_tables_of_one_process(
    uninterrupted: Path, tmp_path: Path
):
    folder = study(tmp_path, FOUR_RUNS)
    call = program("run-array", str(folder), "--at-once", "2")
    wait_for_epoch(folder)
    children = subprocess.run(
        ["pgrep", "-P", str(call.pid)], text=True, capture_output=True
    ).stdout.split()
    assert len(children) == 2
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    status, output = ended(call)
    assert status == 0, output
    assert output.count("ended with -9; started again") == 2
    assert "4 of 4 runs done" in output
    assert output.count("download: ") == 1  # one task made the images, the other waited
    assert results(folder) == results(uninterrupted)


@pytest.mark.slow
@pytest.mark.pipeline
def test_one_command_records_the_pieces_for_dvc(tmp_path: Path):
    folder = tmp_path / "mine"
    assert ended(program("new", str(folder), at=tmp_path))[0] == 0
    content = YAML(typ="safe").load(study(folder) / "params.yaml")
    del content["runs"]["small-big_lr"]
    content["sweep"]["runs"] = ["small"]
    YAML().dump(content, folder / "params.yaml")
    assert ended(program("run-array", str(folder)))[0] == 0
    parameters = (folder / "params.yaml").read_bytes()
    YAML().dump(content | {"ego": {"images": 6}}, folder / "params.yaml")
    status, output = ended(program("commit", str(folder)))
    assert status == 2
    assert "data/grams/small.parquet: made with ego.images 5, now 6" in output
    assert not (folder / "dvc.lock").exists()
    (folder / "params.yaml").write_bytes(parameters)
    status, output = ended(program("commit", str(folder)))
    assert (status, output.splitlines()[-1]) == (
        0,
        "7 of 7 pieces recorded in dvc.lock; `dvc repro` makes the rest",
    )
    assert "up to date" in dvc("status", *MADE, at=folder)
    assert "didn't change, skipping" in dvc("repro", "train", at=folder)
    git("add", "--all", at=folder)
    assert "dvc.lock" in git("diff", "--cached", "--name-only", at=folder).splitlines()


def test_a_stage_with_unfinished_items_is_recorded_item_by_item():
    wanted = [
        Piece(name, (), (), None)
        for name in ("source", "train@a", "train@b", "ego@a", "ego@b", "sweep@a-3-9-raw")
    ]
    done = [piece for piece in wanted if piece.name not in ("ego@b", "sweep@a-3-9-raw")]
    assert commit.targets(done, wanted) == ["source", "train", "ego@a"]


def test_a_folder_without_a_pipeline_or_tables_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = study(tmp_path)
    with pytest.raises(BadInput, match=r"found no dvc.yaml, expected the folder of a checkout"):
        commit.main(folder)
    shutil.copy(ROOT / "dvc.yaml", folder)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="found no table, expected those of `interference run-arr"):
        commit.main(folder)


def fake_slurm(folder: Path) -> dict[str, str]:
    """Programs `srun` and `scontrol` that run the command and note the call."""
    folder.mkdir()
    (folder / "srun").write_text('#!/bin/sh\nexec "$@"\n')
    (folder / "scontrol").write_text(f'#!/bin/sh\necho "$@" >> {folder}/requeued\n')
    for program_file in folder.iterdir():
        program_file.chmod(0o755)
    environment = with_our_programs()
    return environment | {"PATH": f"{folder}{os.pathsep}{environment['PATH']}"}


@pytest.mark.slow
def test_the_script_for_slurm_makes_a_run_a_task_and_queues_it_again_if_something_is_left(
    uninterrupted: Path, tmp_path: Path
):
    folder = study(tmp_path / "a study")
    script = tmp_path / "array.sh"
    status, output = ended(program("run-array", str(folder), "--sbatch", str(script)))
    assert (status, output.count("\n")) == (0, 1)
    assert not (folder / "data").exists()
    lines = script.read_text().splitlines()
    assert "#SBATCH --array=0-1" in lines
    assert "#SBATCH --signal=USR1@120" in lines
    assert (
        f"srun interference pieces {shlex.quote(str(folder))} small small-big_lr "
        '--task "$SLURM_ARRAY_TASK_ID"' in lines
    )
    environment = fake_slurm(tmp_path / "slurm") | {"SLURM_ARRAY_TASK_ID": "1", "SLURM_JOB_ID": "7"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    task = subprocess.Popen(["bash", str(script)], cwd=ROOT, env=environment, text=True)
    wait_for_epoch(folder)
    subprocess.run(["pkill", "-USR1", "-P", str(task.pid)], check=True)
    assert task.wait(timeout=300) == LEFT
    assert (tmp_path / "slurm" / "requeued").read_text() == "requeue 7\n"
    again = subprocess.run(["bash", str(script)], cwd=ROOT, env=environment, timeout=300)
    assert again.returncode == 0
    made = results(folder)
    assert made.items() <= results(uninterrupted).items()
    assert "data/surfaces/small-big_lr-3-9-raw.parquet" in made
    assert "data/counts/small.parquet" not in made


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (BadInput("no space left"), (2, "error: no space left\n")),
        (SystemExit(2), (2, "")),
        (ZeroDivisionError("a defect"), (1, "ZeroDivisionError: a defect\n")),
        (None, (0, "")),
    ],
)
def test_a_worker_returns_the_status_and_the_error_of_a_run(
    failure: BaseException | None,
    expected: tuple[int, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    def make(wanted: list[Piece]) -> None:
        assert {piece.of_run for piece in wanted} == {None, "small"}
        if failure is not None:
            raise failure

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(pieces, "run_pieces", make)
    status, errors = pieces.make_run(study(tmp_path), "small")
    assert status == expected[0]
    assert errors.endswith(expected[1])
    assert ("Traceback" in errors) == (status == 1)


def test_a_run_that_fails_on_a_cluster_is_named_and_the_others_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def finish(*_: object) -> Iterator[tuple[int, tuple[int, str]]]:
        yield 1, (0, "")
        yield 0, (2, "error: no space left on the device\n")

    monkeypatch.setattr(ray_cluster, "run_tasks", finish)
    with pytest.raises(BadInput, match=r"not done: small; the lines above say why$"):
        pieces.run_on_cluster(tmp_path, ["small", "small-big_lr"], cores=1)
    assert capsys.readouterr().err == "small: error: no space left on the device\n"


def test_parameters_that_change_between_two_pieces_end_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(study(tmp_path))
    made = []

    def make(piece: Piece) -> None:
        made.append(piece.name)
        with Path("params.yaml").open("a") as file:
            file.write("# changed\n")

    monkeypatch.setattr(pieces, "run_piece", make)
    steps = [Piece(name, (), (name,), "small") for name in ("train@small", "cctm@small")]
    with pytest.raises(BadInput, match=r"params.yaml: changed while the tables of its runs were"):
        pieces.run_pieces(steps)
    assert made == ["train@small"]


def test_an_engine_of_pieces_is_local_or_ray(tmp_path: Path):
    with pytest.raises(BadInput, match="engine: found 'slurm', allowed: local, ray"):
        pieces.main(study(tmp_path), engine="slurm")


def test_a_task_beyond_the_runs_and_an_unknown_run_are_refused(tmp_path: Path):
    folder = study(tmp_path)
    with pytest.raises(BadInput, match="--task: found 2, allowed: 0 to 1, one for each run"):
        pieces.main(folder, task=2)
    with pytest.raises(BadInput, match="run: found 'vgg', allowed: small, small-big_lr"):
        run_array.main(folder, ["vgg"])
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    ("status", "tries", "expected"),
    [(0, 1, False), (2, 1, False), (3, 1, True), (-9, 2, True), (-9, 3, False), (3, 3, False)],
)
def test_a_task_is_tried_again_after_a_signal_but_not_after_an_error(
    status: int, tries: int, expected: bool
):
    assert run_array.is_tried_again(Task("small", 0, tries), status) is expected


def test_a_task_that_fails_is_named_and_the_others_are_done(tmp_path: Path):
    code = "import sys; sys.exit(2 if sys.argv[-1] == '1' else 0)"
    tasks = [Task(name, number) for number, name in enumerate("abc")]
    assert run_array.run_tasks(tasks, [sys.executable, "-c", code], [{}, {}]) == ["b"]
    assert [task.tries for task in tasks] == [1, 1, 1]
