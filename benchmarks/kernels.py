"""Where the time goes: an epoch and a row of a plane of each net, by kernel.

    python -m benchmarks.kernels

prints, of both, the seconds for 50,000 images, the share of them in which the device computes at
all, and the kernels that take most of it, as shares; and writes them to benchmarks/results. Speed
beside others is `benchmarks.train`'s and `benchmarks.sweep`'s.
"""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch.profiler import ProfilerActivity, profile

from benchmarks import arena, train
from benchmarks.rounds import ON_GPU, timed
from benchmarks.sweep import drawn, plane_of
from interference import nets
from interference.landscape.sweep import rows
from interference.learning.images import Images
from interference.runtime.device import select_machine

POINTS = 19  # of a row, as the paper's


def row(name: str, n: int) -> train.Work:
    """A row of a random plane around a net that was never trained."""
    machine, net = (
        select_machine(),
        nets.build(name).to(train.DEVICE, memory_format=torch.channels_last).eval(),
    )
    images, directions = Images(*train.noise(n)).to(train.DEVICE), drawn(net)
    return lambda: [*rows(net, directions, images, plane_of(POINTS), machine, [0])]


WORKS: dict[str, Callable[[str, int], train.Work]] = {"epoch": train.ours, "row": row}


def measured(make: Callable[[str, int], train.Work], name: str, n: int, rounds: int) -> dict:
    """The median seconds of a work on n images, and its kernels on a tenth of them."""
    work = make(name, n)
    work()  # libraries choose their algorithms, graphs are captured
    seconds = statistics.median(timed(work) for _ in range(rounds))
    return {"seconds": seconds, "seconds_of_50000_images": seconds * 50_000 / n} | kernels(
        make(name, max(1, n // 10))
    )


def kernels(work: train.Work, most: int = 8) -> dict:
    """The share of time in which the device computes, and the kernels (on a CPU operators) that
    take most of that.
    """
    work()
    with profile(
        activities=[ProfilerActivity.CUDA if ON_GPU else ProfilerActivity.CPU], acc_events=True
    ) as seen:
        wall = timed(work)
    spent = {
        event.key: event.self_device_time_total if ON_GPU else event.self_cpu_time_total
        for event in seen.key_averages()
    }  # microseconds
    total = sum(spent.values())
    first = sorted(spent, key=spent.__getitem__, reverse=True)[:most]
    return {
        "busy_share": total / wall / 1e6,
        "kernels": {name[:100]: spent[name] / total for name in first},
    }


def table(results: dict) -> str:
    """The results as lines of text."""
    lines = []
    for name, works in results.items():
        for what, figures in works.items():
            lines.append(
                f"{name}, {what}: {figures['seconds_of_50000_images']:.2f} s for 50,000 images, "
                f"the device busy {figures['busy_share']:.0%}"
            )
            lines += [f"  {share:5.1%} {kernel}" for kernel, share in figures["kernels"].items()]
    return "\n".join(lines)


def main(
    images: Annotated[int, typer.Option(help="Images; 0: 1,280, or 50,000 on a GPU.")] = 0,
    rounds: Annotated[int, typer.Option(help="Timed rounds of each.")] = 3,
    net: Annotated[list[str], typer.Option(help="A net; may be given several times.")] = [  # noqa: B006
        "vgg19",
        "resnet18",
        "googlenet",
        "dla",
    ],
    out: Annotated[
        Path | None, typer.Option(help="The results; benchmarks/results/kernels-KIND.json.")
    ] = None,
) -> None:
    """Profile an epoch and a row of each net and write the figures."""
    n = images or (50_000 if ON_GPU else 1_280)
    figures = {
        name: {what: measured(make, name, n, rounds) for what, make in WORKS.items()}
        for name in net
    }
    path = out or arena.results_path("kernels")
    arena.save(path, {"machine": arena.described(), "images": n, "nets": figures})
    print(table(figures), f"written to {path}", sep="\n")


if __name__ == "__main__":
    typer.run(main)
