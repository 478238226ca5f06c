"""The kind of a CPU follows from its capabilities, and its way of computing from its kind."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from interference.runtime import cpu
from interference.runtime import device as machines
from interference.runtime.cpu import AMX, ARM_BF16, AVX2, AVX512, AVX512_BF16, KINDS, OTHER
from interference.runtime.device import Machine, select_machine

X86 = {"sse2", "avx2"}
CPUS = {
    "Sapphire Rapids": ({*X86, "avx512_f", "avx512_bf16", "amx_bf16", "amx_tile"}, AMX),
    "Zen 4": ({*X86, "avx512_f", "avx512_bf16"}, AVX512_BF16),
    "Ice Lake": ({*X86, "avx512_f", "avx512_vnni"}, AVX512),
    "Haswell": (X86, AVX2),
    "Neoverse V1": ({"neon", "bf16", "sve"}, ARM_BF16),
    "Neoverse N1": ({"neon", "dot"}, OTHER),
    "nothing known": (set(), OTHER),
}


@pytest.mark.parametrize("name", CPUS)
def test_the_kind_follows_from_the_capabilities(name: str):
    capabilities, kind = CPUS[name]
    assert cpu.kind_of(frozenset(capabilities)) == kind


def test_a_cpu_that_multiplies_bfloat16_computes_in_it_by_itself_and_no_other_does(
    monkeypatch: pytest.MonkeyPatch,
):
    for _, kind in CPUS.values():
        monkeypatch.setattr(machines, "cpu_kind", lambda kind=kind: kind)
        has_bfloat16 = kind.name in {"amx", "avx512_bf16", "arm_bf16"}
        assert select_machine("cpu").precision == ("bfloat16" if has_bfloat16 else "float32")
        assert select_machine("cpu", "float32").precision == "float32"


def test_kinds_have_names_of_their_own_and_products_only_with_bfloat16():
    kinds = [*(kind for _, kind in KINDS), OTHER]
    assert len({kind.name for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.reason
        assert kind.precision == "bfloat16" or not (
            kind.product_width or kind.training_product_width
        )


@pytest.mark.parametrize(
    "query", [cpu._listed_by_pytorch, cpu._queried_from_pytorch, cpu._listed_by_kernel]
)
def test_every_source_that_knows_this_cpu_gives_the_same_kind(query: Callable[[], frozenset[str]]):
    capabilities = query()
    if not capabilities:
        pytest.skip("this source knows nothing here")
    assert cpu.kind_of(capabilities) == cpu.cpu_kind()


def test_where_pytorch_knows_nothing_the_flags_of_the_kernel_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    info = tmp_path / "cpuinfo"
    info.write_text("model name\t: A CPU\nflags\t\t: fpu avx2 avx512f avx512_bf16\n")
    monkeypatch.setattr(cpu, "CPUINFO", info)
    monkeypatch.setattr(cpu.torch, "cpu", SimpleNamespace())
    assert cpu.kind_of(cpu.capabilities()) == AVX512_BF16
    assert cpu.model_name() == "A CPU"


def test_a_table_says_on_which_kind_of_cpu_and_in_which_precision_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(machines, "cpu_kind", lambda: AMX)
    made = Machine(torch.device("cpu"), "bfloat16").made_by()
    assert (made["device"], made["precision"]) == ("cpu (amx)", "bfloat16")
