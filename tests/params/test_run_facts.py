"""A claim a test: the facts of a run, typed and as JSON."""

import json

import pytest

from interference import params
from interference.errors import BadInput
from interference.params.run_facts import RunFacts
from tests.imports import ROOT

SETTINGS = params.load(ROOT / "params.yaml")


@pytest.mark.parametrize("name", SETTINGS.runs)
def test_the_json_is_that_of_the_parameters_byte_for_byte(name: str):
    resolved = SETTINGS.resolved(name)
    assert json.dumps(RunFacts.of(SETTINGS, name).to_json()) == json.dumps(resolved)


def test_an_imported_net_keeps_its_factory_its_arguments_and_its_weights():
    imported = {
        "factory": "timm:create_model",
        "args": {"depth": 2, "pool": None},
        "init": "w.safetensors",
    }
    resolved = SETTINGS.resolved("vgg19")
    named = {key: resolved[key] for key in ("name", "net", "optim", "seed", "counts")}
    facts = {**named, **imported, "setup": resolved["setup"], "data": resolved["data"]}
    assert json.dumps(RunFacts.from_json(facts).to_json()) == json.dumps(facts)


def test_the_typed_facts_are_those_of_the_parameters():
    facts = RunFacts.of(SETTINGS, "vgg19-big_lr")
    assert facts.setup == SETTINGS.setups["big_lr"]
    assert facts.data == SETTINGS.data
    assert facts.counts == SETTINGS.runs["vgg19-big_lr"].counts
    assert facts.seed == SETTINGS.runs["vgg19-big_lr"].seed


@pytest.mark.parametrize(
    "change", [{"colour": 1}, {"setup": {"lr": 0.1}}, {"data": {"nam": "cifar10"}}]
)
def test_facts_of_another_version_are_refused(change: dict[str, object]):
    with pytest.raises(BadInput, match="do not fit this version"):
        RunFacts.from_json(SETTINGS.resolved("vgg19") | change)


def test_a_missing_fact_is_named():
    facts = SETTINGS.resolved("vgg19")
    del facts["counts"]
    with pytest.raises(BadInput, match="counts"):
        RunFacts.from_json(facts)
