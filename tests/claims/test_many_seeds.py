"""Claims on a study of several seeds, whose tables are read from files."""

from pathlib import Path

import pytest

from benchmarks import many_runs
from interference import claims, params
from interference.claims import registry
from interference.claims.rules import Finding
from interference.io import stored, tables
from interference.study import select

SEEDS = 3


@pytest.mark.slow
def test_the_tables_of_a_seed_are_read_once_for_all_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    many_runs.write_study(tmp_path, SEEDS, epochs=6, points=5)
    settings = params.load(tmp_path / "params.yaml")
    kinds = {kind: tmp_path / "data" / kind for kind in registry.KINDS}
    gathered = select.gather(settings, external=False, **kinds)
    reads: dict[Path, int] = {}
    read = tables.read

    def count(path: Path, kind: str) -> tables.Table:
        reads[path] = reads.get(path, 0) + 1
        return read(path, kind)

    size = sum(
        table.frame.memory_usage().sum() for own in gathered.values() for table in own.values()
    )
    monkeypatch.setattr(stored, "read", count)
    monkeypatch.setattr(stored, "KEPT", stored.Rows(int(1.5 * size / SEEDS)))
    verdicts = claims.check_all(claims.Evidence(**gathered, settings=settings.claims))
    assert {verdict.seeds for verdict in verdicts if verdict.figure is not None} == {SEEDS}
    assert len(reads) > SEEDS
    assert set(reads.values()) == {1}


def test_the_text_of_a_verdict_lists_twenty_seeds_at_most():
    claim = next(iter(claims.CLAIMS.values()))
    findings = {seed: Finding(True, f"{seed} %", float(seed)) for seed in range(25)}
    text = claim.verdict(findings, claims.Evidence({}, {}, {}, {}, settings=None)).measured
    assert text.startswith("holds on 25 of 25 seeds; seed 0: 0 %; seed 1: 1 %")
    assert text.endswith("seed 19: 19 %; 5 more seeds are not listed")
    few = claim.verdict(dict(list(findings.items())[:20]), None).measured
    assert few.endswith("seed 19: 19 %")
