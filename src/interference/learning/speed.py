"""Measurements of how fast a machine computes in each precision."""

import time
from collections.abc import Callable

import torch

from interference import nets
from interference.runtime.device import PRECISIONS, Machine
from interference.runtime.fused_net import FusedNet


def matrix_rate(machine: Machine, side: int, seconds: float) -> float:
    """The FLOP/s of matrix products in the machine's precision.

    Args:
        machine: The device and the precision.
        side: Rows and columns of the square matrices that are multiplied.
        seconds: The minimum duration of the measurement.
    """
    dtype = PRECISIONS[machine.precision]
    matrix = torch.randn(side, side, device=machine.device).to(dtype)
    product = torch.empty_like(matrix)

    def multiply() -> None:
        torch.mm(matrix, matrix, out=product)

    return 2 * side**3 / shortest(multiply, machine, seconds)


def image_rate(net: str, machine: Machine, images: int, seconds: float) -> float:
    """The images per second of a new net in eval mode, on noise of CIFAR-10's size.

    Args:
        net: The net's name, one of `nets.NETS`.
        machine: The device and the precision.
        images: The size of a batch.
        seconds: The minimum duration of the measurement.
    """
    module = nets.build(net).to(machine.device).to(memory_format=torch.channels_last)
    eval_net = FusedNet(module, machine)
    batch = torch.randn(images, 3, 32, 32, device=machine.device).to(
        memory_format=torch.channels_last
    )

    def evaluate() -> None:
        with torch.no_grad(), machine.autocast():
            eval_net(batch)

    return images / shortest(evaluate, machine, seconds)


def shortest(work: Callable[[], object], machine: Machine, seconds: float) -> float:
    """The seconds of the fastest of at least three runs, after one run that is not timed.

    Args:
        work: A function that does the work.
        machine: The machine that it uses.
        seconds: The minimum duration of all timed runs together.
    """
    times: list[float] = []
    work()
    while sum(times) < seconds or len(times) < 3:
        started = time.perf_counter()
        work()
        if machine.device.type == "cuda":
            torch.cuda.synchronize(machine.device)
        times.append(time.perf_counter() - started)
    return min(times)
