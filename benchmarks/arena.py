"""Contestants that take turns, each a process of its own, and what the machine can do at most."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import stages  # noqa: F401, the checkout's own src
from interference.io import files
from interference.runtime.device import select_machine

ROOT = Path(__file__).resolve().parent.parent


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


def matrix_rate(seconds: float = 2.0) -> float:
    """FLOP/s of bfloat16 products of large square matrices here: the median over some seconds."""
    device = (
        select_machine().device.type
    )  # with its memory settings: without huge pages a CPU reaches half of it
    side = 8192 if device == "cuda" else 4096
    one, other, product = (torch.randn(side, side, device=device).bfloat16() for _ in range(3))
    rates, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(rates) < 5:
        started = time.perf_counter()
        torch.mm(one, other, out=product)
        if device == "cuda":
            torch.cuda.synchronize()
        rates.append(2 * side**3 / (time.perf_counter() - started))
    return statistics.median(rates)


def with_shares(results: dict[str, dict]) -> dict[str, dict]:
    """Every net's share of the machine's matrix-product rate: of the largest that was measured in the run."""
    rate = max(found["matrix_tflops"] for found in results.values())
    return {
        name: found | {"share_of_matrix_rate": found["tflops"] / rate}
        for name, found in results.items()
    }


def described() -> dict[str, Any]:
    """The machine and the versions, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next(
        (line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")),
        platform.processor(),
    )
    units = ", AMX bf16" if "amx_bf16" in info else ""
    words = {"cpu": f"{model}, {cores} cores{units}", "python": platform.python_version()}
    if torch.cuda.is_available():
        words["gpu"] = torch.cuda.get_device_name()
    return words | {name: version(name) for name in ("torch", "torchvision", "numpy")}


def results_path(name: str) -> Path:
    """Where results are kept: results/NAME-gpu.json, or -cpu.json."""
    return (
        ROOT
        / "benchmarks"
        / "results"
        / f"{name}-{'gpu' if torch.cuda.is_available() else 'cpu'}.json"
    )


def save(path: Path, results: dict[str, Any]) -> None:
    """Write results with three digits."""
    files.write_text(path, json.dumps(_rounded(results), indent=2) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value
