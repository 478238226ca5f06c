"""CIFAR-10's raw files: found, or downloaded with retries, and never opened before their MD5s match."""

import time
from pathlib import Path

from torchvision.datasets import CIFAR10
from torchvision.datasets.utils import calculate_md5

from interference.errors import BadInput

TRIES, PAUSE = 3, 5.0  # the pause in seconds, doubled after each try


def cifar10_in(raw: Path) -> dict[str, CIFAR10]:
    """The splits of CIFAR-10 from a folder, downloaded into it first unless a good copy is there.

    A good copy is `cifar-10-batches-py` or `cifar-10-python.tar.gz` with the official MD5s, which torchvision checks
    before it unpickles anything. Raises `BadInput`, with what to do, where there is none and none can be had.
    """
    bad = faults(raw)
    for attempt in range(TRIES):
        try:
            return {split: CIFAR10(raw, train=split == "train", download=True) for split in ("train", "test")}
        except (OSError, RuntimeError, EOFError) as error:  # a refused or broken download, a wrong MD5
            reason = error
            if attempt + 1 < TRIES:
                print(f"cifar10: {error}; trying again", flush=True)
                time.sleep(PAUSE * 2**attempt)
    raise BadInput(f"cifar10: no good copy in {raw} ({'; '.join(bad) or 'nothing there'}), and none can be downloaded "
                   f"({reason}). Put cifar-10-python.tar.gz or the folder cifar-10-batches-py there, or name a folder "
                   "that holds one with --raw or INTERFERENCE_RAW") from reason


def faults(raw: Path) -> list[str]:
    """The files of a copy whose MD5 is not the official one, with what was found and what was expected."""
    official = {Path(CIFAR10.filename): CIFAR10.tgz_md5}
    official |= {Path(CIFAR10.base_folder, name): md5 for name, md5 in CIFAR10.train_list + CIFAR10.test_list}
    found = {path: calculate_md5(raw / path) for path in official if (raw / path).is_file()}
    return [f"{path}: MD5 {md5}, expected {official[path]}" for path, md5 in found.items() if md5 != official[path]]
