"""A Ray cluster of this machine, as large as asked, that other processes find by its address."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

LIVES = """
import sys, ray
context = ray.init(num_cpus=int(sys.argv[1]), num_gpus=0, include_dashboard=False, log_to_driver=False,
                   logging_level="ERROR")
print(context.address_info["address"], flush=True)
sys.stdin.read()
"""
ALONE = {
    "RAY_AUTH_MODE": "disabled",
    "OMP_NUM_THREADS": "1",
}  # no token between its processes, a core a worker


@contextmanager
def of_this_machine(cores: int) -> Iterator[str]:
    """The address of a cluster of as many one-core workers; inside, the environment's words let one in."""
    with patch.dict(os.environ, ALONE):
        head = subprocess.Popen(
            [sys.executable, "-c", LIVES, str(cores)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert head.stdout
        yield head.stdout.readline().strip()
        head.communicate()
