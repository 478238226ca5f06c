"""The runs of a study as the tasks of an array: on SLURM, or on this machine's GPUs and cores."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.errors import BadInput
from interference.io import files
from interference.pipeline import LEFT, pieces, runs_of, sort_pieces
from stages import HOME, PROJECT, RunNames, StudyFolder, run, say

TRIES = 3  # of a task that a signal ends, such as that of a machine without memory

SCRIPT = """\
#!/bin/bash
# Makes the tables of {runs} runs, each as a task of its own. Submit it with `sbatch`.
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --gres=gpu:1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={name}-%A_%a.log
#SBATCH --signal=USR1@120
# SIGUSR1 comes two minutes before the time limit: the task ends with status 3 and continues later.
srun {command} --task "$SLURM_ARRAY_TASK_ID"
status=$?
if [ "$status" -eq 3 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$status"
"""

Script = Annotated[
    Path | None,
    typer.Option("--sbatch", help="Write this file for SLURM's sbatch instead of running."),
]
AtOnce = Annotated[
    int | None,
    typer.Option(min=1, help="How many runs at once; by default one for each GPU, else one."),
]


@dataclass
class Task:
    """A run that is made by a process of its own.

    Attributes:
        run: The run.
        number: Its number in the array, from 0.
        tries: How often it was started.
    """

    run: str
    number: int
    tries: int = 0


def main(
    folder: StudyFolder, runs: RunNames = None, sbatch: Script = None, at_once: AtOnce = None
) -> None:
    """Make each run of a study, with its gradients and planes, by a process of its own.

    On this machine several runs are made at once, each on a GPU or on its share of the cores. A
    process that is ended by a signal is started again and continues. With --sbatch nothing runs:
    the file that is written submits the same tasks to SLURM. A task ends with exit status 3 before
    the time limit, is queued again, and continues.
    """
    params.load(folder / "params.yaml")
    candidates = pieces(PROJECT / "dvc.yaml", folder / "params.yaml")
    sort_pieces(candidates, runs or [])  # refuses a run that does not exist
    names = runs or runs_of(candidates)
    # With all names, a task keeps its run if params.yaml gets another one meanwhile.
    command = [sys.executable, "-P", "-m", "stages", "pieces", str(folder.resolve()), *names]
    if sbatch is not None:
        write_script(sbatch, folder, ["interference", *command[4:]], len(names))
        say(f"{sbatch}: an array of {len(names)} tasks; submit it with: sbatch {sbatch}")
        return
    tasks = [Task(name, number) for number, name in enumerate(names)]
    failed = run_tasks(tasks, command, places(at_once, len(tasks)))
    say(f"{len(tasks) - len(failed)} of {len(tasks)} runs done")
    if failed:
        raise BadInput(f"{folder}: not done: {', '.join(failed)}; the lines above say why")


def write_script(path: Path, folder: Path, command: list[str], tasks: int) -> None:
    """Write the file for sbatch.

    Args:
        path: The file.
        folder: The study's folder, whose name the job gets.
        command: The command of a task, without its number.
        tasks: The number of tasks.
    """
    name = folder.resolve().name
    script = SCRIPT.format(name=name, runs=tasks, last=tasks - 1, command=shlex.join(command))
    files.write_text(path, script)


def places(at_once: int | None, tasks: int) -> list[dict[str, str]]:
    """The environment variables of each process that runs at once with others.

    Args:
        at_once: The number of processes; None for one on each GPU, or one without GPUs.
        tasks: The number of tasks, above which no process is needed.

    Returns:
        The variables that give each process a GPU of its own and its share of the cores.
    """
    import torch

    gpus = torch.cuda.device_count()
    number = min(at_once or gpus or 1, tasks)
    threads = max(1, (os.cpu_count() or 1) // number)
    variables = []
    for index in range(number):
        variable = {"OMP_NUM_THREADS": str(threads)}
        if gpus:
            variable["CUDA_VISIBLE_DEVICES"] = str(index % gpus)
        variables.append(variable)
    return variables


def run_tasks(tasks: list[Task], command: list[str], variables: list[dict[str, str]]) -> list[str]:
    """Run each task in a process of its own, one process at a time in each place.

    Args:
        tasks: The tasks.
        command: The command of a task, without its number.
        variables: The environment variables of each place.

    Returns:
        The runs that were not done.
    """
    waiting = list(tasks)
    at_work: dict[int, tuple[Task, subprocess.Popen[bytes]]] = {}
    failed = []
    try:
        while waiting or at_work:
            for place in range(len(variables)):
                if place not in at_work and waiting:
                    task = waiting.pop(0)
                    at_work[place] = task, start(task, command, variables[place])
            for place, task, status in ended(at_work):
                del at_work[place]
                if is_tried_again(task, status):
                    waiting.append(task)
                elif status:
                    failed.append(task.run)
            time.sleep(0.1)
    finally:
        for _, process in at_work.values():
            process.terminate()
            process.wait()
    return failed


def start(task: Task, command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the process of a task.

    Args:
        task: The task.
        command: The command, without the task's number.
        variables: The environment variables of the place where it runs.
    """
    task.tries += 1
    path = f"{HOME}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    return subprocess.Popen([*command, "--task", str(task.number)], env=environment)


def ended(
    at_work: dict[int, tuple[Task, subprocess.Popen[bytes]]],
) -> Iterator[tuple[int, Task, int]]:
    """The place, task and exit status of each process that has ended."""
    for place, (task, process) in list(at_work.items()):
        status = process.poll()
        if status is not None:
            yield place, task, status


def is_tried_again(task: Task, status: int) -> bool:
    """Whether a task continues in another process: a signal ended it, or it left pieces.

    Args:
        task: The task.
        status: The exit status of its process.
    """
    if status >= 0 and status != LEFT:
        return False
    if task.tries == TRIES:
        say(f"{task.run}: ended {TRIES} times before it was done; it is not started again")
        return False
    say(f"{task.run}: ended with {status}; started again")
    return True


if __name__ == "__main__":
    run(main)
