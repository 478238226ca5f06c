"""Raw files of torchvision's data sets: found, or downloaded with retries; pickles never opened before MD5s match."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torchvision import datasets
from torchvision.datasets.utils import calculate_md5

from interference.errors import BadInput

TRIES, PAUSE = 3, 5.0  # the pause in seconds, doubled after each try


def fetched(kind: str, splits: Mapping[str, Mapping[str, Any]], raw: Path) -> dict[str, Any]:
    """The splits of a data set, objects of torchvision's class `kind`, downloaded into `raw` unless a copy is there.

    A copy is what the class itself takes for one: of CIFAR-10 `cifar-10-batches-py` or `cifar-10-python.tar.gz` with
    the official MD5s, which torchvision checks before it unpickles anything. Raises `BadInput`, with what to do, where
    there is none and none can be had.
    """
    loader = getattr(datasets, kind)
    bad = faults(loader, raw)
    for attempt in range(TRIES):
        try:
            return {split: loader(raw, **which, download=True) for split, which in splits.items()}
        except (AssertionError, TypeError, ValueError) as error:
            raise BadInput(
                f"{kind}: the copy in {raw} cannot be read ({error or type(error).__name__}); without it, "
                "another is downloaded"
            ) from error
        except (
            OSError,
            RuntimeError,
            EOFError,
        ) as error:  # a refused or broken download, a wrong MD5
            reason = error
            if attempt + 1 < TRIES:
                print(f"{kind}: {error}; trying again", flush=True)
                time.sleep(PAUSE * 2**attempt)
    raise BadInput(
        f"{kind}: no good copy in {raw} ({'; '.join(bad) or 'nothing there'}), and none can be downloaded "
        f"({' '.join(str(reason).split())}). Put {wanted(loader)} there, or name a folder that holds one "
        "with --raw or INTERFERENCE_RAW"
    ) from reason


def faults(loader: Any, raw: Path) -> list[str]:
    """The files of a copy whose MD5 is not the official one, with what was found and what was expected."""
    expected = official(loader)
    found = {path: calculate_md5(raw / path) for path in expected if (raw / path).is_file()}
    return [
        f"{path}: MD5 {md5}, expected {expected[path]}"
        for path, md5 in found.items()
        if md5 != expected[path]
    ]


def official(loader: Any) -> dict[Path, str]:
    """The MD5s that a class of torchvision states of its files, by their paths in the raw folder."""
    files = {Path(loader.filename): loader.tgz_md5} if hasattr(loader, "tgz_md5") else {}
    listed = [*getattr(loader, "train_list", ()), *getattr(loader, "test_list", ())]
    files |= {Path(loader.base_folder, name): md5 for name, md5 in listed}
    by_split = getattr(loader, "split_list", {})
    files |= {
        Path(name): md5 for split, (_, name, md5) in by_split.items() if split in ("train", "test")
    }
    files |= {
        Path(loader.__name__, "raw", name): md5 for name, md5 in getattr(loader, "resources", ())
    }
    return files


def wanted(loader: Any) -> str:
    """What a raw folder must hold, in words."""
    if hasattr(loader, "tgz_md5"):
        return f"{loader.filename} or the folder {loader.base_folder}"
    return ", ".join(map(str, official(loader))) or "its files, as torchvision lays them,"
