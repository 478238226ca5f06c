"""Wrong files of parameters: the first stage prints one line, fails, and writes nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.imports import ROOT
from tests.test_stages import run

WORDS = ["data/source.json", "data/losses.json"]
HUGE = 10**400  # more than a float holds
WRONG_VALUES: dict[str, Any] = {  # by the keys that lead to the value
    "data.name": "cifar11",
    "data.path": "pets",
    "data.mean": [],
    "data.std": [0],
    "data.crop": 1_000_000,
    "data.flip": "yes",
    "data.resize": 1_000_000,
    "data.colour": True,
    "optim.lr": HUGE,
    "optim.schedule": "linear",
    "optim.momentum": 1.5,
    "optim.weight_decay": HUGE,
    "optim.batch_size": 10**30,
    "optim.epochs": -1,
    "optim.nesterov": "on",
    "runs": {},
    "runs.small": None,
    "runs.small.net": "vgg20",
    "runs.small.optim": "small_lr",
    "runs.small.seed": "0",
    "runs.small.counts": ["test", "test"],
    "runs.small.factory": "os:system",
    "runs.small.fresh": ["fc.*"],
    "runs.a b": {"net": "small"},
    "runs.--help": {"net": "small"},
    "runs.claims": {"net": "small"},
    "ego.images": 0,
    "sweep.runs": ["large"],
    "sweep.pairs": ["1-1-1"],
    "sweep.pairs.": ["top-" + 4000 * "9"],
    "sweep.scales": ["metres"],
    "sweep.grid.points": 2,
    "sweep.grid.split": "validation",
    "sweep.grid.images": HUGE,
    "sweep.grid.batch_norm": "thawed",
    "sweep.grid.tolerance": float("nan"),
    "sweep.edge": {"raw": {}},
    "sweep.edge.raw": {"optim": float("inf"), "big_lr": 1},
    "claims": "all",
    "claims.net": "large",
    "claims.setups": {"anneal_lr": {"optim": "none", "lr": 1, "schedule": "cosine"}},
    "claims.flat": "1",
}
WRONG_TEXTS: dict[str, Callable[[str], str]] = {  # made of the text of a good file
    "empty": lambda text: "",
    "cut off": lambda text: text[: text.index("schedule: cosine")] + "schedule: [",
    "tabs": lambda text: text.replace("  lr", "\tlr"),
    "a group twice": lambda text: text + "\nego: {images: 5}\n",
    "an alias of itself": lambda text: text + "\nmore: &a {lr: *a}\n",
    "an alias of nothing": lambda text: text + "\nmore: *a\n",
    "a list of itself": lambda text: text.replace("pairs: [", "pairs: &a [*a, "),
    "aliases that multiply": lambda text: (
        "a0: &a0 [x, x, x]\n"
        + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
        + text
    ),
    "nested deeply": lambda text: text + "\nmore: " + 9999 * "[" + 9999 * "]" + "\n",
    "an object of Python": lambda text: text + "\nmore: !!python/object/apply:os.system [true]\n",
    "two documents": lambda text: text + "\n---\n" + text,
    "a null character": lambda text: text + "\0",
    "a key that is a list": lambda text: text + "\n? [a, b]\n: {lr: 1}\n",
    "very long": lambda text: text + "# " + 1_000_000 * "x",
}


def check_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """The single line that the first stage prints for params.yaml in a folder."""
    monkeypatch.chdir(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    assert run("source", WORDS, monkeypatch) == 2
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.endswith("\n")
    line = errors.removesuffix("\n")
    assert line.isprintable()
    assert line.startswith("error: params.yaml: ")
    assert len(line) < 700
    return line


@pytest.mark.parametrize("key", WRONG_VALUES)
def test_a_wrong_value_is_one_line_that_names_it(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    content = YAML(typ="safe", pure=True).load(ROOT / "studies" / "digits.yaml")
    *parents, name = [part for part in key.split(".") if part]
    group = content
    for parent in parents:
        group = group[parent]
    group[name] = WRONG_VALUES[key]
    YAML().dump(content, tmp_path / "params.yaml")
    line = check_refused(tmp_path, monkeypatch, capsys)
    assert key.split(".")[0] in line


@pytest.mark.parametrize("text", WRONG_TEXTS)
def test_a_wrong_text_is_one_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    good = (ROOT / "studies" / "digits.yaml").read_text()
    (tmp_path / "params.yaml").write_text(WRONG_TEXTS[text](good))
    check_refused(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80", "optim: ä".encode("latin-1")])
def test_bytes_that_are_no_text_are_one_line(
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "params.yaml").write_bytes(content)
    check_refused(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("missing", ["data", "runs", "ego", "sweep", "claims", "optim"])
def test_a_missing_group_is_one_line_that_names_it(
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    content = YAML(typ="safe", pure=True).load(ROOT / "studies" / "digits.yaml")
    del content[missing]
    YAML().dump(content, tmp_path / "params.yaml")
    assert missing in check_refused(tmp_path, monkeypatch, capsys)


def test_no_file_a_folder_and_a_pipe_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "params.yaml"
    assert run("source", WORDS, monkeypatch) == 2
    place.mkdir()
    assert run("source", WORDS, monkeypatch) == 2
    place.rmdir()
    os.mkfifo(place)
    assert run("source", WORDS, monkeypatch) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": params.yaml: ")[2] for line in lines] == [
        "cannot be read (No such file or directory)",
        "is a folder, expected a file",
        "is a pipe, expected a file",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
