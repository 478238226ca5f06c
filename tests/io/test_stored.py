"""Tables whose rows are read when they are needed, and how many rows stay in memory."""

from pathlib import Path

import pytest

from interference.errors import BadInput
from interference.io import stored, tables
from tests import toy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The counts of three runs."""
    runs = {"a": "optim", "b": "optim", "c": "optim"}
    return toy.study(tmp_path, runs=runs, pairs=(), epochs=2) / "counts"


def size(table: tables.Table) -> int:
    """The bytes of a table's rows."""
    return int(table.frame.memory_usage(deep=False).sum())


def test_a_stored_table_is_the_table_that_is_read_at_once(folder: Path):
    opened = stored.open_folder(folder, "counts")
    for name, table in tables.read_folder(folder, "counts").items():
        assert opened[name].frame.equals(table.frame)
        assert opened[name].meta == table.meta
        assert opened[name].classes == table.classes
    renamed = opened["a"].with_meta({**opened["a"].meta, "labels": list("abcdefghij")})
    assert renamed.classes.labels == tuple("abcdefghij")
    assert renamed.frame.equals(opened["a"].frame)


def test_only_the_rows_that_were_used_last_stay_in_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    reads = []
    read = tables.read

    def count(path: Path, kind: str) -> tables.Table:
        reads.append(path.stem)
        return read(path, kind)

    single = size(tables.read(folder / "a.parquet", "counts"))
    kept = stored.Rows(limit=int(2.5 * single))
    monkeypatch.setattr(stored, "KEPT", kept)
    monkeypatch.setattr(stored, "read", count)
    opened = stored.open_folder(folder, "counts")
    assert reads == []
    for name in "abacbca":
        assert len(opened[name].frame)
        assert kept.size <= kept.limit
    assert reads == ["a", "b", "c", "b", "a"]


def test_a_table_larger_than_the_limit_is_kept_alone(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "KEPT", stored.Rows(limit=1))
    opened = stored.open_folder(folder, "counts")
    for name in "aab":
        assert len(opened[name].frame)
    assert stored.KEPT.size == size(opened["b"])


def test_a_table_that_is_replaced_is_read_again_and_one_that_is_gone_is_named(folder: Path):
    opened = stored.open_folder(folder, "counts")
    before = opened["a"].frame
    (folder / "a.parquet").write_bytes((folder / "b.parquet").read_bytes())
    assert not opened["a"].frame.equals(before)
    (folder / "c.parquet").unlink()
    with pytest.raises(BadInput, match=r"c\.parquet: no longer readable \(No such file"):
        assert len(opened["c"].frame)
