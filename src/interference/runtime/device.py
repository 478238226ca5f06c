"""Machine facts: which device computes, and in which precision.

They are recorded with the tables of a run but are not among its parameters.
"""

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
    """A device and the precision of its matrix products.

    Weights and sums are float32 in every precision.

    Attributes:
        device: The device.
        precision: The precision of matrix products, a key of `PRECISIONS`.
    """

    device: torch.device
    precision: str

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """A context in which nets compute in the machine's precision."""
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
        """The number of images in a batch of an evaluation.

        It is large enough to fill the matrix units of a CPU, or a GPU.
        """
        return 384 if self.device.type == "cpu" else 2000

    def replayed(
        self, function: Callable[[Tensor], None], state: Sequence[Tensor]
    ) -> Callable[[Tensor], None]:
        """The fastest way to call a function many times: on a GPU as a captured CUDA graph.

        Args:
            function: A function of one tensor that works in place.
            state: All tensors that the function changes and that influence later calls.

        Returns:
            The function as `cuda_graph.Replayed` on a GPU, the function itself elsewhere.
        """
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


def select_machine(device: str = "auto", precision: str = "auto") -> Machine:
    """Select a device and a precision, and set up the whole process for the device.

    On a CPU with Linux and glibc, malloc then keeps memory that is freed, and PyTorch uses huge
    pages. On a GPU, it becomes PyTorch's current device, cuDNN tries out the algorithms for each
    shape, and TF32 convolutions are off.

    Args:
        device: The name of a device, or `auto` for a GPU before the CPU.
        precision: A key of `PRECISIONS`, or `auto` for the faster of float32 and bfloat16. That
            choice follows from the device's capabilities (`cpu.CpuKind`), so that every process on
            a machine chooses alike.

    Returns:
        The device and the precision.

    Raises:
        BadInput: The device is not available, or the precision is unknown.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    selected = _device(device)
    if precision == "auto":
        precision = _faster_precision(selected)
    if precision not in PRECISIONS:
        raise one_of("precision", precision, ["auto", *PRECISIONS])
    if selected.type == "cpu":
        _keep_memory()
    elif selected.type == "cuda":
        _set_up_gpu(selected)
    return Machine(selected, precision)


def _faster_precision(device: torch.device) -> str:
    """The faster of float32 and bfloat16: tensor cores have bfloat16 from Ampere on."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= (8, 0) else "float32"
    return cpu_kind().precision if device.type == "cpu" else "float32"


def _device(name: str) -> torch.device:
    """The device of a name; raises `BadInput` if no tensor can be made there."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"device: found {name!r}, allowed: auto, cpu, cuda where it is there ({reason})"
        ) from error
    return device


def _set_up_gpu(device: torch.device) -> None:
    """Make a GPU the current device, and choose how cuDNN computes on it."""
    # Streams, graphs and random states are then those of this device.
    torch.cuda.set_device(device.index or 0)
    # cuDNN measures its algorithms for each shape and takes the fastest.
    torch.backends.cudnn.benchmark = True
    # With TF32 a float32 convolution would keep 10 bits of its factors' 23.
    torch.backends.cudnn.allow_tf32 = False


def _keep_memory() -> None:
    """Let the process keep memory that it frees, in huge pages; on Linux with glibc only.

    By default the C library gives large blocks back at once, so that the activations of every batch
    cause new page faults. They took two fifths of the time of a sweep of `small`.
    """
    # PyTorch's name for huge pages, which it reads at its first allocation.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
