"""The group `data`: what is said about the images, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from interference import params
from interference.datasets import DrawnTest, Resizing
from interference.errors import BadInput
from tests.imports import ROOT

FOLDER = {"name": "folder", "path": "pets", "mean": [0.5], "std": [0.25]}


def load(folder: Path, /, **data: Any) -> params.Data:
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["data"] = FOLDER | data
    content["sweep"]["pairs"] = ["top-1"]
    YAML().dump(content, folder / "params.yaml")
    return params.load(folder / "params.yaml").data


def test_images_are_resized_and_drawn_as_the_parameters_say(tmp_path: Path):
    data = load(
        tmp_path,
        resize=24,
        fit="crop",
        shorter_side=32,
        interpolation="bicubic",
        classes=["b", "a"],
        test=0.2,
        test_seed=7,
    )
    assert data.resizing == Resizing((24, 24), "crop", 32, "bicubic")
    assert data.drawn_test == DrawnTest(0.2, 7)
    assert data.classes == ("b", "a")
    assert data.source.keys() == {
        *("name", "path", "resize", "fit", "shorter_side"),
        *("interpolation", "classes", "test", "test_seed"),
    }


def test_without_these_keys_nothing_is_said_of_them(tmp_path: Path):
    data = load(tmp_path)
    assert data.resizing == Resizing()
    assert data.drawn_test is None
    assert data.source == {"name": "folder", "path": "pets"}


BAD = {
    "brightness of 255": ({"mean": [127.5]}, "data.mean: found [127.5], allowed: .*divide numbers"),
    "spread of 255": ({"std": [63.75]}, "data.std: found [63.75], allowed: .*divide numbers"),
    "unknown fit": ({"fit": "squash", "resize": 8}, "'squash', allowed: stretch, crop, pad"),
    "fit without a size": ({"fit": "crop"}, "data.fit: found 'crop', allowed: only with data.resi"),
    "unknown method": (
        {"interpolation": "cubic", "resize": 8},
        "'cubic', allowed: nearest, box, bilinear, hamming, bicubic, lanczos",
    ),
    "a side without a crop": (
        {"shorter_side": 9, "resize": 8},
        "data.shorter_side: found 9, allowed: only with data.fit crop",
    ),
    "a side shorter than the crop": (
        {"shorter_side": 7, "fit": "crop", "resize": [6, 8]},
        "data.shorter_side: found 7, allowed: at least the sides of data.resize, 8",
    ),
    "a class twice": ({"classes": ["a", "a"]}, "data.classes: found .*'a', 'a'.*the names of all"),
    "classes of a known set": (
        {"name": "mnist", "path": None, "classes": ["a"]},
        "data.classes: found ['a'], allowed: only with the user's own data",
    ),
    "all images tested": ({"test": 1.0}, "data.test: found 1.0, allowed: a number between 0 and 1"),
    "a drawn test of arrays": (
        {"name": "npz", "test": 0.2},
        "data.test: found 0.2, allowed: only with a folder",
    ),
    "a seed of nothing": (
        {"test_seed": 3},
        "data.test_seed: found 3, allowed: only with data.test",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_meant_is_refused_in_one_line(case: str, tmp_path: Path):
    change, message = BAD[case]
    pattern = message.replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(BadInput, match=pattern) as caught:
        load(tmp_path, **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "advice"),
    [("small-lr0.05", "small-lr0_05"), ("--help", "help"), ("-", "a"), ("a.b.c", "a_b_c")],
)
@pytest.mark.parametrize("group", ["runs", "set-ups"])
def test_a_name_that_dvc_takes_for_something_else_is_refused_with_one_that_would_do(
    group: str, name: str, advice: str, tmp_path: Path
):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    if group == "runs":
        content["runs"][name] = content["runs"]["vgg19"]
    else:
        content[name] = content["optim"]
    YAML().dump(content, tmp_path / "params.yaml")
    with pytest.raises(BadInput, match=f"{group}: name: found '{name}'.*; '{advice}' would do"):
        params.load(tmp_path / "params.yaml")


SHELL = (
    "x; touch P; #",
    "$(touch P)",
    "`touch P`",
    "a b",
    "a|b",
    "a&b",
    "a\nb",
    "a'b",
    'a"b',
    "../x",
)


@pytest.mark.parametrize("text", [*SHELL, "claims", "x" * 101, "", 5, None, True])
def test_a_name_of_a_run_that_is_no_plain_word_is_refused(text: object, tmp_path: Path):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["runs"][text] = content["runs"]["vgg19"]
    YAML().dump(content, tmp_path / "params.yaml")
    with pytest.raises(BadInput, match="runs: name: found") as caught:
        params.load(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["pairs", "scales", "runs"])
@pytest.mark.parametrize("text", SHELL)
def test_a_word_of_the_sweep_that_is_no_plain_word_is_refused(key: str, text: str, tmp_path: Path):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["sweep"][key] = [text]
    YAML().dump(content, tmp_path / "params.yaml")
    with pytest.raises(BadInput, match=f"sweep.{key}") as caught:
        params.load(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "a: &a [*a]",
        "a: &a {b: *a}",
        "data: &d {name: *d}",
        f"optim: {{lr: {'9' * 5000}}}",
        "optim: {lr: 1e400}",
        "!!python/object/apply:os.system [echo]",
        "a: !<tag:yaml.org,2002:python/name:os.system> x",
        "\x00",
        "a: b: c",
        "- 1\n- 2",
        "5",
        "null",
        "'text'",
        "runs: 5",
        "data: {name: cifar10, name: digits}",
        "a: " + "x" * 2_000_000,
        "\n".join(
            ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
        ),
    ],
    ids=lambda text: text[:20],
)
def test_an_odd_file_of_parameters_is_one_short_line(text: str, tmp_path: Path):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(BadInput) as caught:
        params.load(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("value", ["none", None])
def test_a_study_may_check_no_claims(value: str | None, tmp_path: Path):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    assert params.load(ROOT / "params.yaml").checks_claims
    content["claims"] = value
    YAML().dump(content, tmp_path / "params.yaml")
    loaded = params.load(tmp_path / "params.yaml")
    assert not loaded.checks_claims
    assert loaded.claims.setups == {}
    assert loaded.claims.epsilon == params.load(ROOT / "params.yaml").claims.epsilon


@pytest.mark.parametrize(("name", "is_allowed"), [("cifar10", True), ("fashionmnist", False)])
def test_people_are_a_reference_for_the_images_that_they_named_alone(tmp_path, name, is_allowed):
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["claims"]["humans"] = True
    content["data"] |= {"name": name}
    if name != "cifar10":
        content["data"] |= {"mean": [0.3], "std": [0.3]}
    path = tmp_path / "params.yaml"
    with path.open("w") as file:
        YAML(typ="safe").dump(content, file)
    if is_allowed:
        assert params.load(path).claims.humans
    else:
        with pytest.raises(
            BadInput, match=r"claims\.humans: found true with data\.name fashionmnist"
        ):
            params.load(path)
