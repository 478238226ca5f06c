"""Links to a run's own files: they point at the weights and at the file of the factory."""

import json
import os
from pathlib import Path

import pytest

from interference.errors import BadInput
from stages import inputs, source
from stages.inputs import NO_FILE, link, source_file
from tests.imports import ROOT


def test_the_file_of_a_factory_is_found_below_the_folder_and_packages_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").touch()
    (tmp_path / "own" / "nets").mkdir(parents=True)
    (tmp_path / "own" / "nets" / "__init__.py").touch()
    (tmp_path / "own" / "wide.py").touch()
    assert source_file("mine:net") == Path("mine.py")
    assert source_file("own.nets:net") == Path("own/nets/__init__.py")
    assert source_file("own.wide:Wide.make") == Path("own/wide.py")
    assert source_file("timm:create_model") is None
    assert source_file("") is None


def test_a_link_follows_its_file_and_a_run_without_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    place = Path("inputs/mine.weights")
    Path("best.bin").write_text("first")
    link(place, Path("best.bin"), "init")
    assert not os.path.isabs(os.readlink(place))
    os.replace(Path("best.bin"), "old.bin")
    Path("best.bin").write_text("second")
    assert place.read_text() == "second"
    link(place, tmp_path / "old.bin", "init")
    assert place.read_text() == "first"
    link(place, None, "init")
    assert place.read_text() == NO_FILE
    assert (Path("old.bin").read_text(), Path("best.bin").read_text()) == ("first", "second")
    with pytest.raises(BadInput, match=r"runs\.a\.init: found 'gone\.bin', no such file; put it"):
        link(place, Path("gone.bin"), "params.yaml: runs.a.init")
    assert place.read_text() == NO_FILE


def test_a_loss_of_ones_own_is_linked_and_named_by_its_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("first")
    parameters = (ROOT / "params.yaml").read_text()
    parameters = parameters.replace("big_lr:\n", "big_lr:\n  loss: mine:focal\n", 1)
    Path("params.yaml").write_text(parameters)
    source.main(Path("source.json"), Path("losses.json"))
    assert json.loads(Path("losses.json").read_text()) == {"big_lr": "mine:focal"}
    assert "loss" not in Path("source.json").read_text()
    for run, content in {"vgg19": NO_FILE, "vgg19-big_lr": "first"}.items():
        inputs.main(run, Path("weights"), Path("factory"), Path("inputs", run))
        assert Path("inputs", run).read_text() == content
