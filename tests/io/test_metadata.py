"""Metadata of tables: what a stranger's file may say, and what is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interference.errors import BadInput
from interference.io import metadata, tables

RUN = {
    "name": "vgg19",
    "net": "vgg19",
    "optim": "big_lr",
    "seed": 0,
    "counts": ["test"],
    "setup": {"lr": 0.1},
    "data": {"name": "cifar10"},
}
META = {
    "classes": ["cat", "dog"],
    "labels": ["CAT", "<DOG>"],
    "run": RUN,
    "made_by": {"torch": "2.11.0", "seed": 0},
}


def encode(meta: dict[str, Any]) -> dict[bytes, bytes]:
    """Metadata as a file holds them."""
    return {name.encode(): json.dumps(value).encode() for name, value in meta.items()}


def changed(key: str, value: Any) -> dict[str, Any]:
    """The metadata with another value of a key such as `run.name`."""
    meta = json.loads(json.dumps(META))
    *groups, last = key.split(".")
    target = meta
    for group in groups:
        target = target[group]
    target[last] = value
    return meta


def test_metadata_of_our_tables_are_read_as_they_are():
    assert metadata.decode(encode(META)) == META


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("run.name", "../../outside/x"),
        ("run.name", "/etc/x"),
        ("run.name", "..\\x"),
        ("run.name", ".."),
        ("run.name", "--help"),
        ("run.name", "a\n"),
        ("run.name", ""),
        ("run.name", "x" * 101),
        ("run.optim", "/../../outside/PWNED"),
        ("run.optim", 3),
        ("run.optim", "a;touch x"),
        ("run.data", "cifar10"),
        ("run.data.name", ["cifar10"]),
        ("run.setup", [1]),
        ("run.seed", "0"),
        ("run", [RUN]),
        ("classes", [1, 2]),
        ("classes", ["cat", "../dog"]),
        ("classes", ["cat", "cat"]),
        ("classes", ["cat"]),
        ("classes", "cat"),
        ("labels", [1, 2]),
        ("made_by", [1]),
        ("pair", "../cat-dog"),
        ("scale", "../raw"),
        ("edge", "wide"),
        ("edge", -1),
        ("grams", [1]),
        ("shape", [3]),
        ("run.name", "C:\\x"),
        ("run.name", "a/b"),
        ("run.name", "a\0b"),
        ("run.name", "\u202ecod"),
        ("run.name", "<script>alert(1)</script>"),
        ("run.name", "$(touch x)"),
        ("run.optim", "a b"),
        ("run.net", 3),
        ("run.net", "x" * 1001),
        ("run.counts", "test"),
        ("run.counts", [1]),
        ("run.data.path", ["pets"]),
        ("run.data.path", "x" * 1001),
        ("classes", ["cat", ""]),
        ("classes", ["cat", "dog-bird"]),
        ("classes", {"cat": 1}),
        ("labels", ["CAT"]),
        ("labels", ["CAT", "x" * 1001]),
        ("made_by", {"device": ["cpu"]}),
        ("pair", "<b>"),
        ("pair", "cat-dog-bird"),
        ("scale", "raw\n"),
        ("edge", 0),
        ("edge", float("nan")),
        ("grams", {"cat-dog": [["1"]]}),
        ("images_digest", "x"),
        ("images_digest", "0" * 24 + "\n"),
        ("images_digest", 5),
    ],
)
def test_other_values_are_refused_in_one_line(key: str, value: Any):
    with pytest.raises(BadInput) as error:
        metadata.decode(encode(changed(key, value)))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("text", [b"x", b"\xff\xfe", b"[" * 100_000])
def test_a_known_entry_that_is_no_json_is_refused(text: bytes):
    with pytest.raises(BadInput, match="'run': found a text that is no JSON"):
        metadata.decode({**encode(META), b"run": text})


def test_entries_of_other_programs_may_be_anything():
    others = {b"pandas": b"{", b"geo": b"\xff", b"note": b'"kept"'}
    assert metadata.decode({**encode(META), **others}) == {**META, "note": "kept"}


def test_the_error_of_a_table_names_its_file_and_the_key(tmp_path: Path):
    path = tmp_path / "theirs.parquet"
    table = pa.table({"label": [0]}).replace_schema_metadata(encode(changed("run.optim", "../x")))
    pq.write_table(table, path)
    with pytest.raises(BadInput, match=r"theirs\.parquet: metadata run\.optim: found '\.\./x'"):
        tables.read_arrow(path, [])
