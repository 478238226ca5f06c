"""A Ray cluster on this machine, which other processes reach by its address."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

LIVES = """
import sys, ray
context = ray.init(
    num_cpus=int(sys.argv[1]),
    num_gpus=int(sys.argv[2]),
    include_dashboard=False,
    log_to_driver=False,
    logging_level="ERROR",
)
print(context.address_info["address"], flush=True)
sys.stdin.read()
"""
ALONE = {
    "RAY_AUTH_MODE": "disabled",  # no token between its processes
    "OMP_NUM_THREADS": "1",  # one core per worker
    "RAY_worker_niceness": "0",  # 15 by default, with which workers starve beside other programs
}


@contextmanager
def of_this_machine(cores: int, gpus: int = 0) -> Iterator[str]:
    """Start a cluster of one-core workers; at the end stop it.

    The environment variables that a process needs to connect to it are set meanwhile.

    Args:
        cores: The number of workers.
        gpus: The number of GPUs that it shares out, whether the machine has them or not.

    Yields:
        The address of the cluster.
    """
    with patch.dict(os.environ, ALONE):
        head = subprocess.Popen(
            [sys.executable, "-c", LIVES, str(cores), str(gpus)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert head.stdout
        yield head.stdout.readline().strip()
        head.communicate()
