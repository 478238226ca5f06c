"""Finds or downloads the raw files of torchvision's data sets.

A pickle is opened only after its MD5 matches the official one.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torchvision import datasets
from torchvision.datasets.utils import calculate_md5

from interference.datasets import cifar
from interference.errors import BadInput

TRIES = 3
PAUSE = 5.0  # seconds before the second try, doubled after each further one
# Classes of our own that take the place of torchvision's, since they need less memory.
OWN = {"CIFAR10": cifar.CIFAR10, "CIFAR100": cifar.CIFAR100}
T = TypeVar("T")


def fetch(
    kind: str,
    splits: Mapping[str, Mapping[str, Any]],
    raw: Path,
    read: Callable[[Any, str], T],
) -> dict[str, T]:
    """Load a data set of torchvision, and download it first if there is no copy.

    The copy is in the form that torchvision expects: for CIFAR-10 `cifar-10-batches-py` or
    `cifar-10-python.tar.gz`, with the official MD5s.

    Args:
        kind: The name of torchvision's class.
        splits: The arguments of that class for each split.
        raw: The folder of the copy.
        read: Takes over the images of an object of that class and a split, before the next split
            is loaded.

    Returns:
        The result of `read` for each split.

    Raises:
        BadInput: The copy cannot be read; or there is none and the download fails.
    """
    loader = OWN.get(kind) or getattr(datasets, kind)
    wrong_files = faults(loader, raw)
    for attempt in range(TRIES):
        try:
            loaded = {}
            for split, arguments in splits.items():
                loaded[split] = read(loader(raw, **arguments, download=True), split)
            return loaded
        except (AssertionError, TypeError, ValueError) as error:
            cause = str(error) or type(error).__name__
            raise BadInput(
                f"{kind}: the copy in {raw} cannot be read ({cause}); remove it, and another is "
                "downloaded"
            ) from error
        except (OSError, RuntimeError, EOFError) as error:  # a failed download, a wrong MD5
            reason = error
            if attempt + 1 < TRIES:
                print(f"{kind}: {error}; trying again", flush=True)
                time.sleep(PAUSE * 2**attempt)
    state = "; ".join(wrong_files) or "nothing there"
    cause = " ".join(str(reason).split())
    raise BadInput(
        f"{kind}: no good copy in {raw} ({state}), and none can be downloaded ({cause}). Put "
        f"{needed_files(loader)} there, or name a folder that holds one with --raw or "
        "INTERFERENCE_RAW"
    ) from reason


def faults(loader: Any, raw: Path) -> list[str]:
    """Check the MD5s of the files of a copy.

    Args:
        loader: The class of torchvision.
        raw: The folder of the copy.

    Returns:
        A text for each file with a wrong MD5, which names the MD5 and the official one.
    """
    lines = []
    for path, official_md5 in official_md5s(loader).items():
        if (raw / path).is_file():
            md5 = calculate_md5(raw / path)
            if md5 != official_md5:
                lines.append(f"{path}: MD5 {md5}, expected {official_md5}")
    return lines


def official_md5s(loader: Any) -> dict[Path, str]:
    """Collect the MD5s that a class of torchvision states for its files.

    Args:
        loader: The class of torchvision.

    Returns:
        The MD5s by path within the raw folder.
    """
    md5s = {}
    if hasattr(loader, "tgz_md5"):
        md5s[Path(loader.filename)] = loader.tgz_md5
    for name, md5 in [*getattr(loader, "train_list", ()), *getattr(loader, "test_list", ())]:
        md5s[Path(loader.base_folder, name)] = md5
    for split, (_, name, md5) in getattr(loader, "split_list", {}).items():
        if split in ("train", "test"):
            md5s[Path(name)] = md5
    for name, md5 in getattr(loader, "resources", ()):
        md5s[Path(loader.__name__, "raw", name)] = md5
    return md5s


def needed_files(loader: Any) -> str:
    """Name the files that the raw folder must hold, for the error."""
    if hasattr(loader, "tgz_md5"):
        return f"{loader.filename} or the folder {loader.base_folder}"
    paths = ", ".join(str(path) for path in official_md5s(loader))
    return paths or "its files, in torchvision's folders,"
