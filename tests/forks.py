"""Programs as processes of their own that do not import PyTorch or DVC again.

A server imports what the programs share, once a test session and kind of program. It forks for
each call, so that a program starts in milliseconds. The program has its own process, working
directory, environment, pipes and exit status, as `subprocess.Popen` would give it.
"""

import array
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from tests.imports import ROOT

PRELOADED = {
    "stages": (
        *("stages.__main__", "torch", "sklearn.datasets", "matplotlib.pyplot", "scipy.stats"),
        *(f"stages.{path.stem}" for path in sorted((ROOT / "stages").glob("[!_]*.py"))),
    ),
    "dvc": (
        *("dvc.cli", "dvc.cli.parser", "dvc.repo", "dvc.repo.reproduce", "dvc.repo.experiments"),
        *("dvc.stage", "dvc.output", "dvc.scm", "dvc.dvcfile", "dvc.repo.plots", "networkx"),
    ),
}
TITLES = {"stages": "interference", "dvc": "dvc"}
AT_START = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY")  # read when a library is loaded


class Process:
    """A forked program: the part of `subprocess.Popen` that tests use."""

    def __init__(self, connection: socket.socket, stdout: IO[str], stderr: IO[str]) -> None:
        self.connection = connection.makefile("r")
        connection.close()
        self.stdout = stdout
        self.stderr = stderr
        self.pid = int(self.connection.readline())
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the program to end."""
        self.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until the program has ended; return its exit status."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(int(self.connection.readline()))
            self.connection.close()
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        """Read what is left of the output and the errors, and wait for the end."""
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read()))
        reader.start()
        output = self.stdout.read()
        reader.join()
        self.stdout.close()
        self.stderr.close()
        self.wait()
        return output, errors[0]


def start(kind: str, words: list[str], at: Path, environment: dict[str, str]) -> Process:
    """Start a program of a kind.

    Args:
        kind: "stages", whose first word is a module such as `stages.train`, or empty for the
            program `interference`; or "dvc".
        words: The module, and the arguments.
        at: The working directory.
        environment: All environment variables.
    """
    threads = tuple((name, environment.get(name, "")) for name in AT_START)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server(kind, threads))
    out, their_out = os.pipe()
    err, their_err = os.pipe()
    call = json.dumps({"words": words, "at": str(at), "environment": environment}).encode()
    files = array.array("i", [their_out, their_err])
    connection.sendmsg(
        [len(call).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)]
    )
    connection.sendall(call)
    os.close(their_out)
    os.close(their_err)
    return Process(connection, os.fdopen(out), os.fdopen(err))


def completed(
    kind: str, words: list[str], at: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program of a kind, as `start` does, to its end."""
    process = start(kind, words, at, environment)
    output, errors = process.communicate()
    return subprocess.CompletedProcess(words, process.wait(), output, errors)


@cache
def server(kind: str, threads: tuple[tuple[str, str], ...]) -> str:
    """The address of the server of a kind of programs, which ends with this process."""
    address = f"\0interference-tests-{os.getpid()}-{kind}-{dict(threads)}"  # abstract: no file
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forks", kind],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **{name: value for name, value in threads if value}},
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(address).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"
    atexit.register(stop, process)
    return address


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server."""
    process.kill()
    process.communicate()


def serve(kind: str) -> None:
    """Fork a program for each call, until the process of the tests has ended."""
    session = os.getppid()
    address = json.loads(sys.stdin.readline())
    for module in PRELOADED[kind]:
        import_module(module)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    os.write(1, b"ready\n")
    listener.settimeout(1)
    watchers = 0
    while os.getppid() == session:
        while watchers and os.waitpid(-1, os.WNOHANG)[0]:
            watchers -= 1
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listener.close()
            watch(kind, connection)
        watchers += 1
        connection.close()


def watch(kind: str, connection: socket.socket) -> NoReturn:
    """Fork the program of a call; tell its number and, in the end, its status."""
    connection.setblocking(True)
    size, descriptors, _, _ = socket.recv_fds(connection, 8, 2)
    call = json.loads(connection.makefile("rb").read(int.from_bytes(size, "big")))
    child = os.fork()
    if child == 0:
        connection.close()
        for descriptor, place in zip(descriptors, (1, 2), strict=True):
            os.dup2(descriptor, place)
            os.close(descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(call["at"])
        os.environ.clear()
        os.environ.update(call["environment"])
        play(kind, call["words"])
    for descriptor in (*descriptors, 1):
        os.close(descriptor)
    try:
        connection.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        connection.sendall(f"{status}\n".encode())
    finally:
        os._exit(0)


def play(kind: str, words: list[str]) -> NoReturn:
    """Be the program, and end as it ends."""
    import stages

    module, *arguments = words if kind == "stages" else ["", *words]
    sys.argv = [module or TITLES[kind], *arguments]
    try:
        if kind == "dvc":
            sys.exit(import_module("dvc.cli").main(arguments))
        if module:
            stages.run(import_module(module).main)
        stages.call(partial(import_module("stages.__main__").app, prog_name="interference"))
        sys.exit(0)
    except SystemExit as ended:
        code = ended.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    serve(sys.argv[1])
