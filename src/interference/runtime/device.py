"""Machine facts: which device computes, and in which precision. They are no part of a run's identity as science."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version

import torch
from torch import Tensor

from interference.errors import BadInput, one_of
from interference.runtime.cpu import cpu_kind
from interference.runtime.cuda_graph import Replayed
from interference.runtime.im2col import NarrowConvolutions
from interference.version import __version__

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Machine:
    """A device and the precision of its matrix products; weights and sums are float32 throughout."""

    device: torch.device
    precision: str

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """The context in which a net is applied."""
        dtype = PRECISIONS[self.precision]
        if dtype is torch.float32:
            yield
            return
        width = cpu_kind().training_product_width if self.device.type == "cpu" else 0
        narrow = NarrowConvolutions(dtype, width) if width else nullcontext()
        with torch.autocast(self.device.type, dtype), narrow:
            yield

    @property
    def batch(self) -> int:
        """How many images a net is best asked about at a time: what fills a CPU's matrix units, or a GPU."""
        return 384 if self.device.type == "cpu" else 2000

    def replayed(
        self, function: Callable[[Tensor], None], state: Sequence[Tensor]
    ) -> Callable[[Tensor], None]:
        """A function of one tensor that works in place, as this machine runs it fastest; see `replay.Replayed`."""
        return Replayed(function, state) if self.device.type == "cuda" else function

    def made_by(self) -> dict[str, str]:
        """Versions, device and precision, for a table's metadata."""
        packages = {name: version(name) for name in ("torch", "numpy", "pyarrow")}
        return {
            "interference": __version__,
            **packages,
            "device": self.name,
            "precision": self.precision,
        }

    def __str__(self) -> str:
        """Device and precision, for a line of a log."""
        return f"{self.name}, {self.precision}"

    @property
    def name(self) -> str:
        """A GPU's name, or `cpu` with the kind of CPU."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return f"cpu ({cpu_kind().name})" if self.device.type == "cpu" else self.device.type


def machine(device: str = "auto", precision: str = "auto") -> Machine:
    """The machine as named, or the fastest: a GPU before the CPU, and the faster precision of the device.

    The precision follows from what the device can do, see `cpu.CpuKind`, so that every process on it chooses alike.

    Raises:
        BadInput: The device is not there, or the precision has no such name.
    """
    chosen = _device(
        ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    )
    if precision == "auto":
        precision = _faster_precision(chosen)
    if precision not in PRECISIONS:
        raise one_of("precision", precision, ["auto", *PRECISIONS])
    if chosen.type == "cpu":
        _keep_memory()
    elif chosen.type == "cuda":
        torch.cuda.set_device(
            chosen.index or 0
        )  # streams, graphs and random states are then this device's
        torch.backends.cudnn.benchmark = (
            True  # the fastest algorithm for each shape, found by trying
        )
        torch.backends.cudnn.allow_tf32 = (
            False  # else a float32 convolution keeps 10 bits of its factors' 23
        )
    return Machine(chosen, precision)


def _faster_precision(device: torch.device) -> str:
    """The faster of float32 and bfloat16: tensor cores have bfloat16 from Ampere on."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= (8, 0) else "float32"
    return cpu_kind().precision if device.type == "cpu" else "float32"


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput(
            f"device: found {name!r}, allowed: auto, cpu, cuda where it is there "
            f"({str(error).splitlines()[0]})"
        ) from error
    return device


def _keep_memory() -> None:
    """Let the process keep memory that it frees, in huge pages.

    The C library gives large blocks back at once, and every batch then faults its activations in anew: in a sweep of
    `small` that took two fifths of the time. Elsewhere than on Linux with glibc nothing is changed.
    """
    os.environ.setdefault(
        "THP_MEM_ALLOC_ENABLE", "1"
    )  # PyTorch's word for huge pages, read at its first allocation
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
