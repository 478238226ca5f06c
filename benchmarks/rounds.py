"""A contestant's side of a benchmark; it needs torch and nothing of ours."""

import resource
import sys
import time
from collections.abc import Callable
from typing import TextIO

import torch

GIB = 2**30


def serve(work: Callable[[], object], out: TextIO = sys.stdout) -> None:
    """One round of the work for every line that is read: its seconds; at the end the peak memory in GiB.

    The memory is what was resident, or on a GPU what was reserved there.
    """
    on_gpu = torch.cuda.is_available()
    for _ in sys.stdin:
        started = time.perf_counter()
        work()
        if on_gpu:
            torch.cuda.synchronize()
        print(time.perf_counter() - started, file=out, flush=True)
    peak = torch.cuda.max_memory_reserved() if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(peak / GIB, file=out, flush=True)
