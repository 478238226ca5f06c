"""A claim a test: params.yaml is checked as a whole, and every message names the key, the value and
what is allowed.
"""

import re
from collections import Counter
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Annotated, get_origin

import pytest
from pydantic import AfterValidator, BeforeValidator, ValidationError
from ruamel.yaml import YAML

from interference import params
from interference.classes import Classes
from interference.errors import BadInput
from interference.params import fields as types

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "params.yaml", *sorted((ROOT / "studies").glob("*.yaml"))]


def changed(tmp_path: Path, **changes: object) -> Path:
    """The paper's parameters with some values set, written to a file; `a__b` is the key b of group
    a, `-` deletes.
    """
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    for key, value in changes.items():
        *groups, last = key.split("__")
        group = content
        for name in groups:
            group = group[name]
        if value == "-":
            del group[last]
        else:
            group[last] = value
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_parameter_file_in_the_repository_is_valid(path: Path):
    assert params.load(path).runs


def test_the_papers_settings_are_the_papers():
    paper = params.load(ROOT / "params.yaml")
    assert len(paper.runs) == 8
    assert paper.setups["optim"] == params.Optim(0.1, "cosine", 0.9, 5e-4, 128, 200)
    assert [
        params.edge(paper, "raw", run) for run in ("vgg19", "vgg19-big_lr", "vgg19-small_lr")
    ] == [1.0, 0.1, 0.01]
    assert paper.sweep.grid == params.Grid(points=19, split="train", images="all")
    recorded = {"train_online", "test", "train_augmented", "train"}
    assert set(paper.runs["vgg19"].counts) == recorded


def test_a_small_float_as_dvc_writes_it_is_a_number(tmp_path: Path):
    path = changed(tmp_path)
    path.write_text(path.read_text().replace("lr: 0.0001", "lr: 1e-05", 1))
    assert params.load(path).setups["small_lr"].lr == 1e-5


BAD = {
    "unknown net": ({"runs__vgg19__net": "vgg91"}, ["runs.vgg19.net", "'vgg91'", "vgg19", "small"]),
    "unknown data set": ({"data__name": "cifar11"}, ["data.name", "'cifar11'", "cifar10, digits"]),
    "unknown class": ({"sweep__pairs": ["cat-dgo"]}, ["'cat-dgo'", " dog"]),
    "pair of one class": (
        {"sweep__pairs": ["cat-cat"]},
        ["'cat-cat'", "pairs of different classes"],
    ),
    "class not in this data set": ({"sweep__pairs": ["3-9"]}, ["sweep.pairs", "'3-9'"]),
    "pair twice": ({"sweep__pairs": ["cat-dog", "cat-dog"]}, ["sweep.pairs", "none twice"]),
    "split twice": (
        {"runs__vgg19__counts": ["train_online", "test", "test"]},
        ["runs.vgg19.counts", "none twice"],
    ),
    "scale twice": ({"sweep__scales": ["raw", "raw"]}, ["sweep.scales", "none twice"]),
    "no run to sweep": ({"sweep__runs": []}, ["sweep.runs", "at least one"]),
    "unknown scale of an edge": (
        {"sweep__edge__stpe": {"optim": 1}},
        ["sweep.edge.stpe", "unknown key", "raw, step"],
    ),
    "unknown set-up of an edge": (
        {"sweep__edge__raw__bgi": 1.0},
        ["sweep.edge.raw.bgi", "unknown key", "big_lr"],
    ),
    "unknown set-up of a claim": ({"claims__setups__aneal_lr": {}}, ["claims.setups.aneal_lr"]),
    "run whose name is a number": (
        {
            "runs": {
                1: {"net": "small", "optim": "optim", "seed": 0, "counts": ["train_online", "test"]}
            }
        },
        ["runs: name: found 1"],
    ),
    "no run": ({"runs": {}}, ["runs: found {}", "at least one"]),
    "no pair": (
        {"sweep__pairs": ["cat"]},
        ["sweep.pairs: found 'cat'", "such as airplane-automobile"],
    ),
    "misspelt key": ({"optim__momentun": 0.9}, ["optim.momentun", "unknown key", "momentum"]),
    "misspelt group": ({"sweeep": {"points": 3}}, ["sweeep", "unknown key", "sweep"]),
    "missing key": ({"optim__epochs": "-"}, ["optim.epochs", "missing"]),
    "missing group": ({"ego": "-"}, ["ego: missing"]),
    "negative rate": ({"optim__lr": -0.1}, ["optim.lr", "-0.1", "above 0"]),
    "zero rate": ({"optim__lr": 0}, ["optim.lr", "found 0", "above 0"]),
    "rate that is text": ({"optim__lr": "fast"}, ["optim.lr", "'fast'", "a number"]),
    "infinite rate": ({"optim__lr": float("inf")}, ["optim.lr", "inf"]),
    "rate that is true": ({"optim__lr": True}, ["optim.lr", "True"]),
    "nesterov without momentum": (
        {"optim__nesterov": True, "optim__momentum": 0},
        ["optim.nesterov", "momentum is 0"],
    ),
    "unknown schedule": (
        {"optim__schedule": "cosin"},
        ["optim.schedule", "'cosin'", "constant, cosine"],
    ),
    "label of a folder": (
        {"data__label": "fine"},
        ["data.label: found 'fine'", "only with parquet files"],
    ),
    "bits of a known set": ({"data__bits": 16}, ["data.bits: found 16", "the user's own data"]),
    "bits by another number": ({"data__bits": 12}, ["data.bits: found 12, allowed: 16"]),
    "unknown optimizer": ({"optim__optimizer": "adam"}, ["optim.optimizer: found 'adam'", "adamw"]),
    "nesterov of adamw": (
        {"optim__optimizer": "adamw", "optim__nesterov": True},
        ["optim.nesterov: found true", "only with optimizer sgd"],
    ),
    "steps without milestones": (
        {"optim__schedule": "step"},
        ["optim.milestones: missing", "such as [60, 120]"],
    ),
    "milestones of a cosine": (
        {"optim__milestones": [1, 2]},
        ["optim.milestones: found [1, 2]", "only with schedule step"],
    ),
    "gamma of a cosine": ({"optim__gamma": 0.5}, ["optim.gamma: found 0.5", "schedule step"]),
    "milestones that fall": (
        {"optim__schedule": "step", "optim__milestones": [9, 3]},
        ["optim.milestones: found [9, 3]", "ascending"],
    ),
    "milestone that is half": (
        {"optim__schedule": "step", "optim__milestones": [1.5]},
        ["optim.milestones: found [1.5]", "a list of epochs"],
    ),
    "gamma that grows": (
        {"optim__schedule": "step", "optim__milestones": [3], "optim__gamma": 2},
        ["optim.gamma: found 2", "at most 1"],
    ),
    "one cycle without a warm-up": (
        {"optim__schedule": "one_cycle"},
        ["optim.warmup: found 0", "such as 0.3"],
    ),
    "two class weights of ten": (
        {"optim__class_weights": [1, 2]},
        ["optim.class_weights: found 2 numbers, allowed: 10"],
    ),
    "a class weight of zero": (
        {"optim__class_weights": [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]},
        ["optim.class_weights: found [0, 1", "above 0"],
    ),
    "class weights by another name": (
        {"optim__class_weights": "balance"},
        ["optim.class_weights: found 'balance'", "balanced, or a list"],
    ),
    "a loss without a colon": ({"optim__loss": "mine.loss"}, ["optim.loss", "package.module:"]),
    "class weights of another loss": (
        {"optim__loss": "mine:loss", "optim__class_weights": "balanced"},
        ["optim.class_weights: found 'balanced'", "without loss"],
    ),
    "smoothing of another loss": (
        {"optim__loss": "mine:loss", "optim__label_smoothing": 0.1},
        ["optim.label_smoothing: found 0.1", "0 with a loss of your own"],
    ),
    "negative epochs": ({"optim__epochs": -1}, ["optim.epochs", "-1", "at least 0"]),
    "even points": ({"sweep__grid__points": 18}, ["sweep.grid.points", "18", "odd"]),
    "one point": ({"sweep__grid__points": 1}, ["sweep.grid.points", "at least 3"]),
    "no images": ({"sweep__grid__images": 0}, ["sweep.grid.images", "found 0", "all"]),
    "unknown run": ({"sweep__runs": ["vgg16"]}, ["sweep.runs", "'vgg16'", "vgg19"]),
    "unknown set-up": (
        {"runs__vgg19__optim": "optm"},
        ["runs.vgg19.optim: found 'optm'", "optim, big_lr, small_lr"],
    ),
    "claim about an unknown set-up": (
        {"claims__setups__big_lr__optim": "adam"},
        ["claims.setups.big_lr.optim: found 'adam'", "optim, big_lr, small_lr"],
    ),
    "factory of a net of ours": (
        {"runs__vgg19__factory": "a:b"},
        ["runs.vgg19.factory: found 'a:b'", "'imported'"],
    ),
    "unknown scale": ({"sweep__scales": ["rwa"]}, ["sweep.scales", "rwa", "raw, step"]),
    "no edge": ({"sweep__edge__raw": {"optim": 1.0}}, ["sweep.edge.raw.big_lr", "above 0"]),
    "negative edge": ({"sweep__edge__raw__optim": -1}, ["sweep.edge.raw.optim", "-1"]),
    "edge to find without a margin": (
        {"sweep__edge__raw__optim": "auto"},
        ["sweep.grid.decide: found 0", "allowed: with edge: auto a number above 0"],
    ),
    "zoom without a margin": (
        {"sweep__grid__zoom": True},
        ["sweep.grid.decide: found 0", "allowed: with zoom: true"],
    ),
    "edge of another word": ({"sweep__edge__raw__optim": "atuo"}, ["'atuo'", "above 0, or auto"]),
    "flat part of most cells": (
        {"sweep__grid__zoom": True, "sweep__grid__decide": 5, "sweep__grid__flat_cells": 10},
        ["sweep.grid.flat_cells: found 10", "19 points at most 9"],
    ),
    "unknown split": (
        {"runs__vgg19__counts": ["train_online", "test", "val"]},
        ["runs.vgg19.counts", "val"],
    ),
    "splits without test": (
        {"runs__vgg19__counts": ["train_online"]},
        ["runs.vgg19.counts", "train_online, test"],
    ),
    "run that is no file name": ({"runs": {"a/b": {}}}, ["runs.a/b.net", "missing"]),
    "means of another image": ({"data__mean": [0.5]}, ["data.mean", "[0.5]", "3 numbers"]),
    "own data without a place": (
        {"data__name": "folder"},
        ["data.path", "missing", "where the folder lies"],
    ),
    "place of a known set": (
        {"data__path": "birds"},
        ["data.path", "'birds'", "none with cifar10"],
    ),
    "place that is no path": ({"data__name": "npz", "data__path": ""}, ["data.path", "a path"]),
    "size of nothing": ({"data__resize": 0}, ["data.resize", "found 0", "height and width"]),
    "size of three": (
        {"data__resize": [3, 32, 32]},
        ["data.resize", "[3, 32, 32]", "height and width"],
    ),
    "zero std": ({"data__std": [0.2, 0, 0.2]}, ["data.std", "above 0"]),
    "group that is a list": ({"sweep__grid": [1]}, ["sweep.grid: found [1]", "a mapping"]),
    "group that is nothing": ({"sweep__grid": "-"}, ["sweep.grid: found None", "a mapping"]),
    "groups that are a list": ({"runs": ["vgg19"]}, ["runs: found ['vgg19']", "a mapping"]),
    "rate that is no number": ({"optim__lr": float("nan")}, ["optim.lr", "nan", "above 0"]),
    "rate beyond all floats": ({"optim__lr": 10**400}, ["optim.lr", "above 0"]),
    "momentum of 1": ({"optim__momentum": 1}, ["optim.momentum: found 1", "1 left out"]),
    "negative decay": (
        {"optim__weight_decay": -1e-4},
        ["optim.weight_decay: found -0.0001", "at least 0"],
    ),
    "epochs that are text": (
        {"optim__epochs": "200"},
        ["optim.epochs: found '200'", "a whole number"],
    ),
    "epochs that are half": ({"optim__epochs": 2.0}, ["optim.epochs: found 2.0", "a whole number"]),
    "batch of true": ({"optim__batch_size": True}, ["optim.batch_size: found True", "at least 1"]),
    "seed that is false": (
        {"runs__vgg19__seed": False},
        ["runs.vgg19.seed: found False", "at least 0"],
    ),
    "unknown key of a run": ({"runs__vgg19__sead": 1}, ["runs.vgg19.sead", "unknown key", "seed"]),
    "splits that are text": (
        {"runs__vgg19__counts": "test"},
        ["runs.vgg19.counts: found 'test'", "a list out of"],
    ),
    "factory that is no function": (
        {"runs__vgg19__factory": "timm"},
        ["runs.vgg19.factory", "package.module"],
    ),
    "argument with a number for a name": (
        {"runs__vgg19__args": {1: 2}},
        ["runs.vgg19.args: found {1: 2}", "JSON"],
    ),
    "argument that is a date": (
        {"runs__vgg19__args": {"day": date(2024, 5, 1)}},
        ["runs.vgg19.args.day", "JSON"],
    ),
    "checkpoint of torch": (
        {"runs__vgg19__init": "a.onnx"},
        ["runs.vgg19.init: found 'a.onnx'", ".safetensors"],
    ),
    "flip that is 1": ({"data__flip": 1}, ["data.flip: found 1", "true, false"]),
    "negative crop": ({"data__crop": -1}, ["data.crop: found -1", "at least 0"]),
    "no mean": ({"data__mean": []}, ["data.mean: found []", "one a channel"]),
    "mean of true": (
        {"data__mean": [0.5, True, 0.5]},
        ["data.mean: found [0.5, True, 0.5]", "a list of numbers"],
    ),
    "size that is text": ({"data__resize": "32"}, ["data.resize: found '32'", "height and width"]),
    "size of a negative side": (
        {"data__resize": [32, -32]},
        ["data.resize: found [32, -32]", "height and width"],
    ),
    "unknown key of the data": ({"data__size": 32}, ["data.size", "unknown key", "resize"]),
    "images that are half": ({"ego__images": 0.5}, ["ego.images: found 0.5", "all"]),
    "images that are some": ({"ego__images": "some"}, ["ego.images: found 'some'", "all"]),
    "decide below 0": (
        {"sweep__grid__decide": -1},
        ["sweep.grid.decide: found -1", "at least 0"],
    ),
    "decide without end": (
        {"sweep__grid__decide": float("inf")},
        ["sweep.grid.decide: found inf", "at least 0"],
    ),
    "decide that is no number": (
        {"sweep__grid__decide": float("nan")},
        ["sweep.grid.decide: found nan", "at least 0"],
    ),
    "decide at another level than epsilon": (
        {"sweep__grid__decide": 3.0},
        ["sweep.grid.decide: found 3", "claims.epsilon, 5"],
    ),
    "tolerance of 1": (
        {"sweep__grid__tolerance": 1},
        ["sweep.grid.tolerance: found 1", "1 left out"],
    ),
    "split that is not swept": (
        {"sweep__grid__split": "train_augmented"},
        ["sweep.grid.split", "train, test"],
    ),
    "unknown batch norm": (
        {"sweep__grid__batch_norm": "none"},
        ["sweep.grid.batch_norm", "frozen, recalibrated"],
    ),
    "edge that is text": (
        {"sweep__edge__raw__optim": "1.0"},
        ["sweep.edge.raw.optim: found '1.0'", "above 0"],
    ),
    "edge of a scale that is not swept": (
        {"sweep__edge__filter__optim": 0},
        ["sweep.edge.filter.optim: found 0"],
    ),
    "edges that are a number": (
        {"sweep__edge__raw": 1.0},
        ["sweep.edge.raw: found 1.0", "scale and set-up"],
    ),
    "pair that is a number": ({"sweep__pairs": [3]}, ["sweep.pairs: found [3]", "none twice"]),
    "claim about no rate": (
        {"claims__setups__big_lr__lr": "-"},
        ["claims.setups.big_lr.lr", "missing", "above 0"],
    ),
    "claims about no set-ups": (
        {"claims__setups": "-"},
        ["claims.setups: found None", "a mapping"],
    ),
    "claims of an unknown net": ({"claims__net": "vgg16"}, ["claims.net: found 'vgg16'", "vgg19"]),
    "negative flatness": ({"claims__epsilon": -1}, ["claims.epsilon: found -1", "at least 0"]),
    "note that no share exceeds": ({"claims__note": 1}, ["claims.note: found 1", "1 left out"]),
    "window upside down": (
        {"claims__takeover": [140, 100]},
        ["claims.takeover: found [140, 100]", "lower first"],
    ),
    "window of shares of epochs": (
        {"claims__takeover": [0.5, 1.5]},
        ["claims.takeover", "whole numbers"],
    ),
    "one random plane": ({"claims__draws": 1}, ["claims.draws: found 1", "at least 2"]),
}


def test_no_field_has_two_validators_of_a_kind():
    """Before 2.12 pydantic keeps only the last of them."""
    for name, field in vars(types).items():
        if get_origin(field) is Annotated:
            kinds = Counter(map(type, field.__metadata__))
            assert max(kinds[AfterValidator], kinds[BeforeValidator]) <= 1, name


@pytest.mark.parametrize("case", BAD)
def test_bad_parameters_are_one_line_with_file_key_value_and_what_is_allowed(
    tmp_path: Path, case: str
):
    changes, expected = BAD[case]
    path = changed(tmp_path, **changes)
    with pytest.raises(BadInput) as caught:
        params.load(path)
    message = str(caught.value)
    assert re.fullmatch(
        rf"{re.escape(str(path))}: \S+: .*(found .+|missing|unknown key), allowed: .+", message
    )
    assert all(word in message for word in expected), message


def test_a_key_that_may_be_left_out_may_be_null(tmp_path: Path):
    left_out = params.load(ROOT / "params.yaml")
    nulls = {f"runs__vgg19__{key}": None for key in ("factory", "args", "init")}
    assert params.load(changed(tmp_path, data__path=None, data__resize=None, **nulls)) == left_out


def test_a_group_is_a_frozen_dataclass_that_refuses_a_wrong_value_in_code_too():
    setup = params.Optim(0.1, "cosine", 0.9, 5e-4, 128, 200)
    assert replace(setup, lr=0.05) == params.Optim(**asdict(setup) | {"lr": 0.05})
    assert [field.name for field in fields(setup)] == list(asdict(setup))
    for wrong in ({"lr": -0.1}, {"lr": "0.1"}, {"epochs": True}, {"momentun": 0.9}):
        with pytest.raises((ValidationError, TypeError)):
            params.Optim(**asdict(setup) | wrong)
    with pytest.raises(AttributeError):
        setup.lr = 0.2


def test_lists_as_tables_hold_them_make_the_groups_that_were_stored(tmp_path: Path):
    loaded = params.load(changed(tmp_path, data__resize=[48, 64]))
    assert params.Data(**loaded.resolved("vgg19")["data"]) == loaded.data


def test_a_file_that_is_not_there_or_no_yaml_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"absent\.yaml: cannot be read"):
        params.load(tmp_path / "absent.yaml")
    (tmp_path / "broken.yaml").write_text("runs: {a: [1, 2")
    with pytest.raises(BadInput, match=r"broken\.yaml: is not YAML"):
        params.load(tmp_path / "broken.yaml")


def test_a_runs_identity_holds_its_set_up_and_its_data():
    resolved = params.load(ROOT / "params.yaml").resolved("vgg19")
    assert (
        resolved["name"],
        resolved["net"],
        resolved["setup"]["lr"],
        resolved["data"]["name"],
    ) == ("vgg19", "vgg19", 0.1, "cifar10")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_data_known_by_name_are_no_more_in_a_runs_identity_than_their_name_and_how_a_net_sees_them(
    path: Path,
):
    settings = params.load(path)
    size = {} if settings.data.resize is None else {"resize": settings.data.resize}
    for name in settings.runs:
        keys = list(settings.resolved(name)["data"])
        assert keys == ["name", "mean", "std", "crop", "flip", *size]
    assert settings.data.source == {"name": settings.data.name, **size}


def test_data_of_ones_own_are_in_a_runs_identity_by_their_path_and_size(tmp_path: Path):
    own = params.load(
        changed(tmp_path, data__name="folder", data__path="birds", data__resize=[48, 64])
    )
    assert own.classes is None
    assert (
        own.resolved("vgg19")["data"] | {"path": "birds", "resize": [48, 64]}
        == own.resolved("vgg19")["data"]
    )
    assert own.data.source == {"name": "folder", "path": "birds", "resize": (48, 64)}
    assert own.data.sides == (48, 64)
    assert own.data.place(Path("data/raw")) == Path("data/raw/birds")
    assert params.load(changed(tmp_path, data__name="npz", data__path="../b.npz")).data.place(
        Path("data/raw")
    ) == Path("data/b.npz")
    assert params.load(changed(tmp_path, data__resize=28)).data.sides == (28, 28)
    assert params.load(changed(tmp_path, data__resize=None)).data.sides is None


def test_what_only_the_images_tell_is_checked_once_they_are_there(tmp_path: Path):
    path = changed(tmp_path, data__name="folder", data__path="birds", sweep__pairs=["cat-dgo"])
    own = params.load(path)
    cats = Classes.from_labels(("cat", "dgo"))
    params.check_images(path, own, cats, 3)
    for classes, channels, message in [
        (Classes.from_labels(("cat", "dog")), 3, "sweep.pairs: found 'cat-dgo', .* cat, dog"),
        (cats, 1, "data.mean: found .*allowed: 1 number, one a channel; theirs is"),
    ]:
        with pytest.raises(BadInput, match=message) as caught:
            params.check_images(path, own, classes, channels, "; theirs is 0.5")
        assert str(path) in str(caught.value)


def test_an_edge_may_be_found(tmp_path: Path):
    path = changed(tmp_path, sweep__edge__raw__optim="auto", sweep__grid__decide=5)
    found = params.load(path)
    assert params.edge(found, "raw", "vgg19") == "auto"
    assert params.edge(found, "raw", "vgg19-big_lr") == 0.1
