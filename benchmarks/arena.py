"""Contestants that take turns, each a process of its own, and what the machine can do at most."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import stages  # noqa: F401, the checkout's own src
from interference.io import files
from interference.learning import speed
from interference.runtime.cpu import cpu_kind, model_name
from interference.runtime.device import Machine, select_machine

ROOT = Path(__file__).resolve().parent.parent
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LARGEST = {
    "cpu": 4096,
    "cuda": 8192,
}  # rows of the matrices whose products show what a machine can do


class Contestant:
    """A process that does one round of its work for every line it is sent, and idles otherwise."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self) -> float:
        """Seconds of one round."""
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.process.communicate()
            raise SystemExit(
                f"{self.process.args} ended early, exit status {self.process.returncode}"
            )
        return float(line)

    def end(self) -> float:
        """Peak memory in GiB: resident, or on a GPU the part of it that was reserved."""
        return float(self.process.communicate()[0])


def compete(
    commands: Mapping[str, Sequence[str]], rounds: int, untimed: int = 1
) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of a round after untimed ones, and peak memory in GiB, by contestant."""
    contestants = {name: Contestant(command) for name, command in commands.items()}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(1, untimed + rounds + 1):
        for name, contestant in contestants.items():
            seconds[name].append(contestant.ask())
            print(
                f"round {turn} of {untimed + rounds}, {name}: {seconds[name][-1]:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    return (
        {name: statistics.median(each[untimed:]) for name, each in seconds.items()},
        {name: contestant.end() for name, contestant in contestants.items()},
    )


def matrix_rates(seconds: float = 2.0) -> dict[str, float]:
    """The speed of large square matrix products by precision, measured for seconds, in TFLOP/s."""
    return {
        precision: matrix_rate(DEVICE, precision, seconds) / 1e12
        for precision in ("float32", "bfloat16")
    }


def matrix_rate(device: str, precision: str, seconds: float) -> float:
    """The FLOP/s of products of large square matrices on this machine.

    Args:
        device: "cuda" or "cpu".
        precision: The precision of the factors and of the product.
        seconds: How long to measure.

    Returns:
        The rate. If the precision is slow, smaller matrices are multiplied, so that the measurement
        takes seconds.
    """
    select_machine(
        device
    )  # with its memory settings: without huge pages a CPU reaches half of the rate
    candidate = Machine(torch.device(device), precision)
    side = 512
    while side < LARGEST[device] and 2 * side**3 / speed.matrix_rate(candidate, side, 0.0) < 0.25:
        side *= 2
    return speed.matrix_rate(candidate, side, seconds)


def larger(rates: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """The larger of two measured rates, by precision."""
    return {precision: max(rate, others[precision]) for precision, rate in rates.items()}


def with_shares(nets: Mapping[str, dict]) -> dict[str, dict]:
    """Add every net's share of the matrix-product rate in the precision that was used.

    The rate is the largest that was measured in the run.
    """
    precision = select_machine().precision
    rate = max(figures["matrix_tflops"][precision] for figures in nets.values())
    return {
        name: figures | {"precision": precision, "share_of_matrix_rate": figures["tflops"] / rate}
        for name, figures in nets.items()
    }


def described() -> dict[str, Any]:
    """The machine and the versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine_facts = {
        "cpu": f"{model_name()}, {cores} cores",
        "cpu_kind": cpu_kind().name,
        "python": platform.python_version(),
    }
    if torch.cuda.is_available():
        machine_facts["gpu"] = torch.cuda.get_device_name()
    return machine_facts | {name: version(name) for name in ("torch", "torchvision", "numpy")}


def results_path(name: str, device: str = DEVICE) -> Path:
    """The file of a benchmark's results, one a kind of machine: results/NAME-gpu.json, or
    results/NAME-cpu-KIND.json.

    Args:
        name: The benchmark.
        device: The device that it times, "cuda" or "cpu".
    """
    kind = "gpu" if device == "cuda" else f"cpu-{cpu_kind().name}"
    return ROOT / "benchmarks" / "results" / f"{name}-{kind}.json"


def save(path: Path, results: dict[str, Any]) -> None:
    """Write results with three digits."""
    files.write_text(path, json.dumps(_rounded(results), indent=2) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value
