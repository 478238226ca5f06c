"""A sweep and the runs of a study over a Ray cluster, here one of this machine with two workers of
a core each.
"""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest

from benchmarks.cluster import of_this_machine
from interference.errors import BadInput
from interference.io import tables
from interference.runtime import ray_cluster
from stages import pieces
from tests import forks
from tests.arrays import RUNS, ended, program, results, results_of, study
from tests.clone import with_our_programs
from tests.imports import ROOT
from tests.optional import mount_command
from tests.test_stages import Workspace, copy, done, with_edge  # noqa: F401, fixtures

FULL = "48m"  # the size of a disk with room for a net of 8 MB, but not for gradients of 79 MB

pytestmark = [pytest.mark.pipeline, pytest.mark.ray]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster that is there already."""
    with of_this_machine(2) as found:
        yield found


def sweep(space: Workspace, address: str) -> forks.Process:
    """The sweep of a workspace as a program, over the cluster at an address."""
    with patch.dict(os.environ, {"RAY_ADDRESS": address}):
        return space.program("sweep")


def kill_a_worker() -> bool:
    """Kill a process of this test's cluster that is at work on a row; whether one was found in
    time.
    """
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "".join(process.cmdline()).startswith("ray::row_on_a_worker"):
                process.kill()
                return True
    return False


def test_a_cluster_makes_the_table_that_one_machine_makes(copy: Workspace, address: str):  # noqa: F811
    whole = copy.surface.read_bytes()
    copy.surface.unlink()
    said, errors = sweep(copy, address).communicate()
    assert "row 3/3" in said, errors
    assert copy.surface.read_bytes() == whole


def test_a_cluster_decides_points_and_zooms_as_one_machine_does(
    copy: Workspace,  # noqa: F811
    address: str,
):
    with_edge(copy, 50.0)
    copy.program("sweep").communicate()
    whole = copy.surface.read_bytes()
    assert tables.read(copy.surface, "surfaces").meta["zooms"]
    copy.surface.unlink()
    said, errors = sweep(copy, address).communicate()
    assert "row 10/10" in said, errors
    assert copy.surface.read_bytes() == whole


def test_a_lost_workers_row_is_done_again(copy: Workspace, address: str):  # noqa: F811
    whole = copy.surface.read_bytes()
    copy.surface.unlink()
    running = sweep(copy, address)
    while running.returncode is None and not (killed := kill_a_worker()):
        time.sleep(0.02)
    assert killed
    said, errors = running.communicate()
    assert "row 3/3" in said, errors
    assert copy.surface.read_bytes() == whole


def kill_after_an_epoch(call: forks.Process) -> tuple[str, str]:
    """Kill the worker that finishes its first epoch; the run, and the output up to there."""
    output = ""
    for line in call.stdout:
        output += line
        epoch = re.search(r"\(make_run pid=(\d+)\)\S* (\S+): epoch 1/", line)
        if epoch:
            os.kill(int(epoch[1]), signal.SIGKILL)
            return epoch[2], output
    raise AssertionError(output)


def test_the_run_of_a_lost_worker_goes_on_elsewhere_with_the_tables_of_one_process(
    uninterrupted: Path,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    folder = study(tmp_path)
    monkeypatch.setenv("RAY_ADDRESS", address)
    call = program("pieces", str(folder), "--engine", "ray")
    run, output = kill_after_an_epoch(call)
    status, rest = ended(call)
    output += rest
    assert status == 0, output
    assert "Task make_run failed. There are 5 retries remaining" in output
    assert output.count(f" {run}: training for 2 epochs") == 2
    assert output.count(f" {run}: epoch 1/2") == 1
    assert "12 of 12 pieces done; left: none" in output
    assert results(folder) == results_of(uninterrupted, RUNS)


def test_each_run_gets_a_gpu_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def wait_for_the_other(folder: Path, name: str) -> tuple[int, str]:
        (folder / name).touch()
        deadline = time.monotonic() + 60
        while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        return len(list(folder.iterdir())) - 2, f"GPU {os.environ.get('CUDA_VISIBLE_DEVICES')}"

    monkeypatch.setattr(pieces, "make_run", wait_for_the_other)
    with of_this_machine(2, gpus=2) as address:
        monkeypatch.setenv("RAY_ADDRESS", address)
        pieces.run_on_cluster(tmp_path, ["first", "second"], cores=1)
    devices = dict(line.split(": ") for line in capsys.readouterr().err.splitlines())
    assert devices in (
        {"first": "GPU 0", "second": "GPU 1"},
        {"first": "GPU 1", "second": "GPU 0"},
    )


@pytest.mark.mount
def test_a_full_disk_on_a_worker_is_one_line_and_its_run_continues_with_more_room(
    uninterrupted: Path, tmp_path: Path
):
    folder = tmp_path / "disk"
    made = tmp_path / "made"
    script = """
        mount -t tmpfs -o size=$2 tmpfs "$0" && cp "$1" "$0" || exit 9
        interference pieces "$0" --engine ray
        test $? = 2 || exit 9
        echo "with more room"
        mount -o remount,size=200m "$0"
        interference pieces "$0" || exit 9
        cd "$0" && find data -name "*.parquet" -exec cp --parents {} "$3" ";"
    """
    parameters = study(tmp_path / "study", RUNS[1:]) / "params.yaml"
    folder.mkdir()
    made.mkdir()
    arguments = [str(folder), str(parameters), FULL, str(made)]
    completed = subprocess.run(
        [*mount_command(), "sh", "-c", script, *arguments],
        text=True,
        capture_output=True,
        env=with_our_programs() | {"PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert completed.returncode == 0, completed.stderr
    errors = [line for line in completed.stderr.splitlines() if "error" in line]
    assert errors == [
        f"{RUNS[1]}: error: data/egos/{RUNS[1]}.safetensors: cannot be written (No space left on "
        "device)",
        f"error: {folder}: not done: {RUNS[1]}; the lines above say why",
    ]
    before, after = completed.stdout.split("with more room")
    assert f"{RUNS[1]}: training for 2 epochs" in before
    assert "training for" not in after
    assert results(made) == results_of(uninterrupted, RUNS[1:])


def test_more_cores_than_a_machine_has_are_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(BadInput, match="cores: found 3, allowed: 1 to 2"):
        list(ray_cluster.run_tasks(abs, {}, [{}], [{"x": 1}], ray_cluster.Workers(cores=3)))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "[::1]:1"])
def test_a_cluster_that_is_not_there_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, address: str
):
    monkeypatch.setenv("RAY_ADDRESS", address)
    started = time.monotonic()
    with pytest.raises(BadInput, match=f"no Ray cluster at RAY_ADDRESS '{re.escape(address)}'"):
        list(ray_cluster.run_tasks(abs, {}, [{}], [{"x": 1}]))
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_another_program_at_the_address_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
):
    monkeypatch.setattr(ray_cluster, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(100)
                connection.sendall(answer)
                with suppress(ConnectionResetError):
                    connection.recv(100)  # until the other side hangs up

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setenv("RAY_ADDRESS", address)
        cause = "another program answers there" if answer else "timed out"
        with pytest.raises(BadInput, match=f"no Ray cluster at RAY_ADDRESS '{address}' .{cause}"):
            list(ray_cluster.run_tasks(abs, {}, [{}], [{"x": 1}]))
        thread.join(10)


def test_a_cluster_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch):
    def unreached(**_: object) -> None:
        raise ConnectionError("Failed to connect")

    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setattr("ray.init", unreached)
    with pytest.raises(BadInput, match=r"no Ray cluster at RAY_ADDRESS 'auto' \(Failed"):
        list(ray_cluster.run_tasks(abs, {}, [{}], [{"x": 1}]))


def test_without_an_address_a_cluster_of_ones_own_is_made(monkeypatch: pytest.MonkeyPatch):
    addresses = []

    def record(address: str, **_: object) -> None:
        addresses.append(address)
        raise ConnectionError("enough")

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("ray.init", record)
    with pytest.raises(BadInput, match="enough"):
        list(ray_cluster.run_tasks(abs, {}, [{}], [{"x": 1}]))
    assert addresses == ["local"]


def test_an_engine_is_chosen_by_name_or_by_the_address(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert [ray_cluster.uses_ray(engine) for engine in ray_cluster.ENGINES] == [False, False, True]
    monkeypatch.setenv("RAY_ADDRESS", "somewhere:6379")
    assert [ray_cluster.uses_ray(engine) for engine in ray_cluster.ENGINES] == [True, False, True]
    with pytest.raises(BadInput, match="engine: found 'slurm', allowed: auto, local, ray"):
        ray_cluster.uses_ray("slurm")
