"""Programs as processes of their own that do not import PyTorch and DVC again.

Multiprocessing's fork server imports what the programs share once in a process of tests, and forks
for each call. The program has its own process, working directory, environment, pipes and exit
status, as `subprocess.Popen` would give it.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from contextlib import chdir, suppress
from functools import cache, partial
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from runpy import run_module

from tests.imports import ROOT, SRC

STAGES = sorted(f"stages.{path.stem}" for path in (ROOT / "stages").glob("[!_]*.py"))
DVC = (
    *("dvc.cli", "dvc.cli.parser", "dvc.repo", "dvc.repo.reproduce", "dvc.repo.experiments"),
    *("dvc.stage", "dvc.output", "dvc.scm", "dvc.dvcfile", "dvc.repo.plots", "networkx"),
)
MAINS = {"dvc": "dvc.cli", "pytest": "pytest"}  # the modules of others' programs
PATH = [str(ROOT), *filter(None, sys.path)]  # the server's; that of a test may have other code
SHARED = (
    *("stages.__main__", "torch", "torch._dynamo"),  # the latter by the first step of an optimiser
    *("sklearn.datasets", "matplotlib.pyplot", "scipy.stats"),
)


@cache
def context() -> ForkServerContext:
    """The fork server's context, with all that the programs share."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.forks", *SHARED, *STAGES, *DVC])
    with chdir(ROOT):  # from which the server imports
        forkserver.ensure_running()
    return server


class Process:
    """A forked program: the part of `subprocess.Popen` that tests use."""

    def __init__(self, words: list[str], at: Path, environment: dict[str, str]) -> None:
        """Start a program with the arguments of `start`, and with pipes."""
        their_in, into = os.pipe()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        theirs = (their_in, their_out, their_err)
        self.args = words
        self.process = start(words, at, environment, *theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self.stdin = os.fdopen(into, "w")
        self.stdout = os.fdopen(out)
        self.stderr = os.fdopen(err)

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status; None while the program runs."""
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        """Send the program a signal."""
        assert self.process.pid
        os.kill(self.process.pid, number)

    def terminate(self) -> None:
        """Ask the program to end."""
        self.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the program has ended; return its exit status."""
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    def communicate(self) -> tuple[str, str]:
        """Close the input, read the remaining output and errors, and wait until the program ends."""
        with suppress(BrokenPipeError):
            self.stdin.close()
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read()))
        reader.start()
        output = self.stdout.read()
        reader.join()
        self.stdout.close()
        self.stderr.close()
        self.wait()
        return output, errors[0]


def start(
    words: list[str], at: Path, environment: dict[str, str], *pipes: int
) -> ForkServerProcess:
    """Start a program.

    Args:
        words: "dvc", "pytest", "interference", "python" or a module such as `stages.train`, and the
            arguments.
        at: The working directory.
        environment: All environment variables.
        pipes: The file descriptors of its input, output and errors. They may be closed after the
            call: by then the fork has the copies that `DupFd` makes when it is pickled.

    Returns:
        The process.
    """
    process = context().Process(target=play, args=(words, at, environment, *map(Copied, pipes)))
    process.start()
    return process


class Copied:
    """A file descriptor that is copied into the process to which it is passed."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[object, ...]:
        return received, (DupFd(self.descriptor),)


def received(copy: object) -> int:
    """The descriptor that a process was passed."""
    return copy.detach()


def completed(
    words: list[str], at: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program, as `Process` does, to its end."""
    process = Process(words, at, environment)
    output, errors = process.communicate()
    return subprocess.CompletedProcess(words, process.wait(), output, errors)


def play(words: list[str], at: Path, environment: dict[str, str], *pipes: int) -> None:
    """Be the program: in a process of its own, with pipes for its input, output and errors."""
    for place, descriptor in enumerate(pipes):
        os.dup2(descriptor, place)
        os.close(descriptor)
    sys.stdin = os.fdopen(0)
    sys.path[:] = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *PATH]
    os.chdir(at)
    os.environ.clear()
    os.environ.update(environment)
    program, *arguments = words
    sys.argv = words
    try:
        run_program(program, arguments)
    finally:
        atexit._run_exitfuncs()


def run_program(program: str, arguments: list[str]) -> None:
    """Run a program of the project, DVC or pytest."""
    if program in MAINS:
        sys.exit(import_module(MAINS[program]).main(arguments))
    import torch

    threads = os.environ.get("OMP_NUM_THREADS")
    if threads:  # read when PyTorch was imported
        torch.set_num_threads(int(threads))
    if program == "python":
        run_python(arguments)
        return
    import stages

    if program == "interference":
        main = import_module("stages.__main__").app
        stages.call(partial(main, prog_name=program))
    else:
        stages.run(import_module(program).main)


def run_python(arguments: list[str]) -> None:
    """Be `python -m MODULE` or `python -P -m MODULE`, with the project's code that this imports.

    Other packages stay as the server imported them.
    """
    for name in list(sys.modules):
        if name.split(".")[0] in ("interference", "stages"):
            del sys.modules[name]
    own = [str(ROOT), str(SRC.parent)]
    first = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if arguments[0] == "-P":
        arguments = arguments[1:]
    else:
        first.insert(0, os.getcwd())
    sys.path[:] = [*filter(None, first), *(folder for folder in PATH if folder not in own)]
    _, module, *rest = arguments
    sys.argv = [module, *rest]
    run_module(module, run_name="__main__", alter_sys=True)
