"""A contestant's side of a benchmark; it needs torch and nothing of ours."""

import resource
import sys
import time
from collections.abc import Callable
from typing import TextIO

import torch

GIB = 2**30
ON_GPU = torch.cuda.is_available()


def serve(work: Callable[[], object], out: TextIO = sys.stdout) -> None:
    """One round of the work for every line that is read: its seconds; at the end the peak memory in GiB.

    The memory is what was resident, or on a GPU what was reserved there.
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
    """Seconds until the work is done, on a GPU too."""
    started = time.perf_counter()
    work()
    if ON_GPU:
        torch.cuda.synchronize()
    return time.perf_counter() - started
