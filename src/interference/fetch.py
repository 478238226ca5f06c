"""CIFAR-10's raw files: found, or downloaded with retries, and never opened before their MD5s match."""

import time
from pathlib import Path
from urllib.error import URLError

from torchvision.datasets import CIFAR10

from interference.errors import BadInput

TRIES, PAUSE = 3, 5.0  # seconds, doubled after each try


def cifar10_in(raw: Path) -> dict[str, CIFAR10]:
    """torchvision's CIFAR-10 by split from a folder, downloaded into it first unless a good copy is there.

    A good copy is `cifar-10-batches-py` or `cifar-10-python.tar.gz` with the official MD5s, which torchvision checks
    before it unpickles anything. Raises `BadInput`, with what to do, where there is none and none can be had.
    """
    for attempt in range(TRIES):
        try:
            return {split: CIFAR10(raw, train=split == "train", download=True) for split in ("train", "test")}
        except (OSError, RuntimeError, EOFError) as error:
            reason = error
            if attempt + 1 < TRIES and isinstance(error, URLError):
                print(f"cifar10: {error}; trying again")
                time.sleep(PAUSE * 2**attempt)
    raise BadInput(f"cifar10: no copy with the official MD5s in {raw}, and none could be downloaded ({reason}). Put "
                   "cifar-10-python.tar.gz or the folder cifar-10-batches-py there, or name a folder that holds it "
                   "with --raw or INTERFERENCE_RAW") from reason
