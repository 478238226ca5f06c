"""Kinds of CPU, and which way of computing is fastest on each.

The choice follows from the CPU's instructions alone, never from a timing, so that every process on a machine chooses
alike and unfinished work is taken up again. The numbers behind the choices are measured; `interference machine`
measures them again on the machine at hand, and `benchmarks/results` keeps them, one file a kind of CPU.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class CpuKind:
    """A kind of CPU and its fastest way of computing.

    Attributes:
        name: The name of the kind, as in `benchmarks/results/sweep-cpu-NAME.json`.
        precision: The faster precision of matrix products, `bfloat16` or `float32`.
        product_width: The widest output row, in pixels, for which one matrix product over the whole batch beats the
            CPU's own bfloat16 convolution in evaluation; 0 where it never does.
        training_product_width: The same for training, forward and backward together.
        reason: Why, in one sentence.
    """

    name: str
    precision: str
    product_width: int
    training_product_width: int
    reason: str


AMX = CpuKind(
    "amx",
    "bfloat16",
    product_width=4,
    training_product_width=8,
    reason="AMX tiles multiply bfloat16 about ten times as fast as AVX-512 multiplies float32",
)
AVX512_BF16 = CpuKind(
    "avx512_bf16",
    "bfloat16",
    product_width=4,
    training_product_width=4,
    reason="AVX512_BF16 multiplies bfloat16 about twice as fast as AVX-512 multiplies float32",
)
ARM_BF16 = CpuKind(
    "arm_bf16",
    "bfloat16",
    product_width=0,
    training_product_width=0,
    reason="Arm's BF16 instructions multiply bfloat16 about twice as fast as float32",
)
AVX512 = CpuKind("avx512", "float32", 0, 0, reason="this CPU has no bfloat16 instructions")
AVX2 = CpuKind("avx2", "float32", 0, 0, reason="this CPU has no bfloat16 instructions")
OTHER = CpuKind("other", "float32", 0, 0, reason="no bfloat16 instructions are known of this CPU")

# The first kind whose instructions the CPU has. The names are those of `torch.cpu.get_capabilities`.
KINDS: tuple[tuple[frozenset[str], CpuKind], ...] = (
    (frozenset({"amx_bf16"}), AMX),
    (frozenset({"avx512_bf16"}), AVX512_BF16),
    (frozenset({"bf16"}), ARM_BF16),
    (frozenset({"avx512_f"}), AVX512),
    (frozenset({"avx2"}), AVX2),
)


@cache
def cpu_kind() -> CpuKind:
    """The kind of this machine's CPU."""
    return kind_of(capabilities())


def kind_of(names: frozenset[str]) -> CpuKind:
    """The kind of a CPU that has these capabilities.

    Args:
        names: Capabilities as `torch.cpu.get_capabilities` names them, such as `avx512_bf16`.
    """
    return next((kind for needed, kind in KINDS if needed <= names), OTHER)


def capabilities() -> frozenset[str]:
    """What the CPU can do, by the names of `torch.cpu.get_capabilities`.

    PyTorch is asked first: all capabilities at once, in versions that can say so, else one by one. Only where PyTorch
    does not know any, the kernel's list of CPU flags is read.
    """
    return _of_pytorch() or _of_pytorch_one_by_one() or _of_the_kernel()


def _of_pytorch() -> frozenset[str]:
    query = getattr(torch.cpu, "get_capabilities", None)
    known: Mapping[str, Any] = query() if query else {}
    return frozenset(name for name, value in known.items() if value is True)


def _of_pytorch_one_by_one() -> frozenset[str]:
    queries = {
        "amx_bf16": "_is_amx_tile_supported",
        "avx512_bf16": "_is_avx512_bf16_supported",
        "avx512_f": "_is_avx512_supported",
        "avx2": "_is_avx2_supported",
    }
    answers = {name: getattr(torch.cpu, query, None) for name, query in queries.items()}
    return frozenset(name for name, query in answers.items() if query is not None and query())


def _of_the_kernel() -> frozenset[str]:
    """The flags of /proc/cpuinfo; x86's `avx512f` goes by PyTorch's name `avx512_f`."""
    if not CPUINFO.exists():
        return frozenset()
    lines = CPUINFO.read_text().splitlines()
    flags = {
        flag
        for line in lines
        if line.startswith(("flags", "Features"))
        for flag in line.split(":")[1].split()
    }
    return frozenset(flags | ({"avx512_f"} if "avx512f" in flags else set()))


def model_name() -> str:
    """The CPU's name as its maker gives it."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
