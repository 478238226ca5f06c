"""The optional parts of a machine that some tests need: how each is detected, and the command that
brings it.

A test names its part by a marker of the part's name: `@pytest.mark.ray`. Without the part the test
is skipped, or fails where the variable `REQUIRE` lists the part.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RAW = Path(os.environ.get("INTERFERENCE_RAW", ROOT / "data" / "raw"))
REQUIRE = (
    "INTERFERENCE_REQUIRE"  # names of parts, separated by commas: their tests may not be skipped
)


@dataclass(frozen=True)
class Part:
    """An optional part: its marker's `name`, whether it `is_there`, why tests are skipped, and how
    to get it.
    """

    name: str
    is_there: Callable[[], bool]
    reason: str
    remedy: str


@cache
def chromium() -> Path | None:
    """The program of a browser: Debian's or Google's on PATH, else the newest that Playwright
    downloaded.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        program = shutil.which(name)
        if program:
            return Path(program)
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    default = Path.home() / caches / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", default))
    programs = [
        *folder.glob("chromium-*/chrome-linux*/chrome"),
        *folder.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"),
    ]
    return max(programs, key=lambda program: program.stat().st_mtime, default=None)


def has_cifar10() -> bool:
    """Whether the raw folder holds CIFAR-10."""
    return any((RAW / name).exists() for name in ("cifar-10-batches-py", "cifar-10-python.tar.gz"))


def has_cifar10h() -> bool:
    """Whether the raw folder holds CIFAR-10H, which the project does not contain."""
    return any((RAW / name).exists() for name in ("cifar10h-counts.npy", "cifar10h-counts.npy.xz"))


def has_gpu() -> bool:
    """Whether PyTorch, which takes a second to import, sees a GPU."""
    import torch

    return torch.cuda.is_available()


def mount_command() -> list[str]:
    """The words before a command that may mount a file system that it alone sees."""
    return ["unshare", "--mount", *(["--user", "--map-root-user"] if os.getuid() else [])]


@cache
def has_mount() -> bool:
    """Whether a small disk can be mounted, to be filled."""
    if shutil.which("unshare") is None:
        return False
    words = [*mount_command(), "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]
    return subprocess.run(words, capture_output=True).returncode == 0


def has_package(name: str) -> bool:
    """Whether a package can be imported; a folder of its name alone is none."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


PARTS = {
    part.name: part
    for part in (
        Part(
            "browser",
            lambda: chromium() is not None,
            "no Chromium on PATH and none of Playwright's",
            "make browser",
        ),
        Part(
            "cifar10",
            has_cifar10,
            f"no CIFAR-10 in {RAW}",
            "python -m stages.download data/images.parquet",
        ),
        Part(
            "cifar10h",
            has_cifar10h,
            f"no CIFAR-10H in {RAW}",
            "the claims stage with claims.humans: true",
        ),
        Part(
            "ray",
            lambda: find_spec("ray") is not None,
            "Ray is not installed",
            "pip install '.[ray]'",
        ),
        Part(
            "vega",
            lambda: find_spec("vl_convert") is not None,
            "vl-convert is not installed",
            "pip install '.[offline]'",
        ),
        Part(
            "cleanlab",
            lambda: has_package("cleanlab"),
            "cleanlab is not installed",
            "pip install cleanlab",
        ),
        Part(
            "wandb",
            lambda: has_package("wandb"),
            "Weights & Biases is not installed",
            "pip install '.[wandb]'",
        ),
        Part(
            "tensorboard",
            lambda: has_package("tensorboard"),
            "TensorBoard is not installed",
            "pip install '.[tensorboard]'",
        ),
        Part(
            "mlflow",
            lambda: has_package("mlflow"),
            "MLflow is not installed",
            "pip install '.[mlflow]'",
        ),
        Part(
            "gpu",
            has_gpu,
            "PyTorch sees no GPU",
            "a machine with a GPU and PyTorch's build for it",
        ),
        Part(
            "mount",
            has_mount,
            "no file system can be mounted",
            "run as root, or where unshare may mount",
        ),
    )
}


def required() -> set[str]:
    """The names of the parts that may not be missing.

    Raises:
        ValueError: the variable names a part that does not exist.
    """
    names = {name for name in os.environ.get(REQUIRE, "").split(",") if name}
    unknown = sorted(names - set(PARTS))
    if unknown:
        raise ValueError(f"{REQUIRE}: found {', '.join(unknown)}, allowed: {', '.join(PARTS)}")
    return names
