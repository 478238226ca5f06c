"""The loop of a contestant in a benchmark. It imports torch only, nothing of `interference`."""

import resource
import sys
import time
from collections.abc import Callable
from typing import TextIO

import torch

GIB = 2**30
ON_GPU = torch.cuda.is_available()


def serve(work: Callable[[], object], out: TextIO = sys.stdout) -> None:
    """Do one round of work for each line of the standard input, and print its seconds.

    At the end print the peak memory in GiB: resident memory, or on a GPU the memory reserved there.

    Args:
        work: A function that does one round.
        out: The file to print to.
    """
    for _ in sys.stdin:
        print(timed(work), file=out, flush=True)
    peak = (
        torch.cuda.max_memory_reserved()
        if ON_GPU
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )
    print(peak / GIB, file=out, flush=True)


def timed(work: Callable[[], object]) -> float:
    """The seconds of one round, including all work on a GPU."""
    started = time.perf_counter()
    work()
    if ON_GPU:
        torch.cuda.synchronize()
    return time.perf_counter() - started
