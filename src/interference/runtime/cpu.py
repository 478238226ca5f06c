"""Kinds of CPU, and the fastest way to compute on each.

The choice depends on the CPU's instructions only, never on a timing, so that every process on a
machine makes the same choice and can continue unfinished work. The numbers behind the choices are
measured: `interference machine` measures them again on this machine, and `benchmarks/results` keeps
them, one file for each kind of CPU.
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
        product_width: The widest output row, in pixels, for which one matrix product over the whole
            batch is faster than the CPU's bfloat16 convolution in evaluation; 0 if it never is.
        training_product_width: The same for training, forward and backward together.
        reason: The reason for the choices, in one sentence.
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

# A CPU is of the first kind whose instructions it has, named as by `torch.cpu.get_capabilities`.
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

    Returns:
        The kind; `OTHER` if none fits.
    """
    for needed, kind in KINDS:
        if needed <= names:
            return kind
    return OTHER


def capabilities() -> frozenset[str]:
    """The CPU's capabilities, named as by `torch.cpu.get_capabilities`.

    They come from PyTorch: all at once in versions that list them, else by one query for each. If
    PyTorch knows none, they come from the kernel's list of CPU flags.
    """
    return _listed_by_pytorch() or _queried_from_pytorch() or _listed_by_kernel()


def _listed_by_pytorch() -> frozenset[str]:
    query = getattr(torch.cpu, "get_capabilities", None)
    known: Mapping[str, Any] = query() if query else {}
    return frozenset(name for name, value in known.items() if value is True)


def _queried_from_pytorch() -> frozenset[str]:
    queries = {
        "amx_bf16": "_is_amx_tile_supported",
        "avx512_bf16": "_is_avx512_bf16_supported",
        "avx512_f": "_is_avx512_supported",
        "avx2": "_is_avx2_supported",
    }
    answers = {name: getattr(torch.cpu, query, None) for name, query in queries.items()}
    return frozenset(name for name, query in answers.items() if query is not None and query())


def _listed_by_kernel() -> frozenset[str]:
    """The flags of /proc/cpuinfo, with PyTorch's name `avx512_f` for x86's `avx512f`."""
    flags: set[str] = set()
    for line in _cpuinfo():
        if line.startswith(("flags", "Features")):
            flags |= set(line.split(":")[1].split())
    if "avx512f" in flags:
        flags.add("avx512_f")
    return frozenset(flags)


def _cpuinfo() -> list[str]:
    """The lines of /proc/cpuinfo; none on a system without that file."""
    return CPUINFO.read_text().splitlines() if CPUINFO.exists() else []


def model_name() -> str:
    """The CPU's name as its maker gives it."""
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor() or platform.machine()
