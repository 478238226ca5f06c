"""Rules that every claim must keep: a missing net, unequal lengths, and the order of the classes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from interference import claims, params
from interference.claims import CLAIMS, Evidence, Finding, NotMeasured, Undecided
from interference.claims.lookup import PLANES
from interference.claims.registry import KINDS
from interference.io.tables import Table
from interference.study.select import gather
from tests.imports import ROOT
from tests.judged import (
    NETS,
    SETUPS,
    everything,
    evidence,
    images_of,
    meta,
    people,
    with_few_draws,
)

Tables = list[tuple[str, Table]]
PAPER_PAIR = NETS[:2]  # Section 3 is about VGG19 and ResNet18
NAMED = {  # the nets that a sentence is about, by the words in which it names them
    "every net": NETS,
    "different nets": NETS,
    "both nets": PAPER_PAIR,
    "each net": PAPER_PAIR,
    "VGG19": NETS[:1],
    "ResNet18": ("resnet18",),
    "GoogLeNet": ("googlenet",),
    "DLA": ("dla",),
}
ON_WHAT_THERE_IS = {  # sentences that name no nets, planes or set-ups
    "symmetry",
    "symmetry-grows",
    "pair-bottleneck",
    "interfering-share",
    "recalls-differ",
    "cat-attracts",
    "metal-block",
    "humans-alike",
    "cat-dog-beyond-humans",
    "labels-not-cause",
    "flat-generalises",
    "shapes-predict",
}
COMPARE_SETUPS = {
    "acc-order": SETUPS,
    "lowland": ("anneal_lr", "big_lr"),
    "lowland-fair": SETUPS,
    "random-stochastic": ("anneal_lr", "big_lr"),
    "big-constant-poor": ("big_lr",),
    "big-constant-oscillates": ("big_lr",),
    "flat-generalises": SETUPS,
}
COMPARE_NETS = {
    "acc-net": PAPER_PAIR,
    "resnet-less": PAPER_PAIR,
    "resnet-fewer-dark": PAPER_PAIR,
    "vgg-worst": NETS,
    "gain-cat-dog": NETS,
    "dla-less": ("googlenet", "dla"),
    "dla-car": ("googlenet", "dla"),
    "car-truck-resnet": PAPER_PAIR,
    "small-spike": PAPER_PAIR,
    "small-vgg-cliff": PAPER_PAIR,
    "lowland": PAPER_PAIR,
}


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Iterator[None]:
    """Bootstrap with few draws: the tests ask which tables a claim needs, or for equality."""
    with with_few_draws():
        yield


@cache
def whole() -> Tables:
    """Every kind of table, with the class gradients of both nets of Section 3 in each set-up."""
    tables = [(kind, table) for kind, table in everything() if kind != "grams"]
    ((_, grams),) = [(kind, table) for kind, table in everything() if kind == "grams"]
    images = [images_of(table) for kind, table in tables if kind == "cctm"]
    for setup in SETUPS:
        for net in PAPER_PAIR:
            tables.append(("grams", Table(grams.frame, meta(net=net, setup=setup))))
    return tables + images


@cache
def found_in_all() -> dict[str, Finding | None]:
    return findings(whole())


def findings(tables: Tables, names: Iterable[str] = tuple(CLAIMS)) -> dict[str, Finding | None]:
    """What each claim finds; None if it is not measured."""
    own = replace(evidence(*tables), humans=people())
    found: dict[str, Finding | None] = {}
    for name in names:
        try:
            found[name] = CLAIMS[name].find(own)
        except Undecided as reason:
            found[name] = Finding(None, str(reason))
        except NotMeasured:
            found[name] = None
    return found


def named_nets(sentence: str) -> set[str]:
    return {net for words, nets in NAMED.items() if words in sentence for net in nets}


def is_part_missing(finding: Finding | None) -> bool:
    """Whether a claim is not measured, or can hold partly at best."""
    return finding is None or bool(finding.missing and finding.verdict != "holds")


@pytest.mark.slow
@pytest.mark.parametrize("net", NETS)
def test_a_sentence_about_a_net_that_is_missing_holds_partly_at_best(net: str):
    without = findings([(kind, table) for kind, table in whole() if table.run["net"] != net])
    for name, claim in CLAIMS.items():
        before = found_in_all()[name]
        assert before is not None, name
        if net in named_nets(claim.sentence):
            assert not before.missing, name
            assert is_part_missing(without[name]), name
        elif without[name] != before:
            is_extra = name == "acc-order" and net not in PAPER_PAIR  # Section 3 has two nets
            assert is_part_missing(without[name]) or is_extra or name in ON_WHAT_THERE_IS, name


@pytest.mark.slow
@pytest.mark.parametrize("setup", SETUPS)
def test_a_sentence_about_a_set_up_that_is_missing_holds_partly_at_best(setup: str):
    optim = SETUPS[setup].optim
    without = findings([(kind, table) for kind, table in whole() if table.run["optim"] != optim])
    changed = {name for name in CLAIMS if without[name] != found_in_all()[name]}
    assert len(changed) >= 8
    for name in changed - ON_WHAT_THERE_IS:
        assert is_part_missing(without[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("pair", PLANES)
def test_a_sentence_about_a_plane_that_is_missing_holds_partly_at_best(pair: str):
    without = findings([(kind, table) for kind, table in whole() if table.meta.get("pair") != pair])
    changed = {name for name in CLAIMS if without[name] != found_in_all()[name]}
    assert len(changed) >= 8
    for name in changed - ON_WHAT_THERE_IS:
        assert is_part_missing(without[name]), name


def test_sentences_that_are_judged_on_what_there_is_name_no_net():
    for name in ON_WHAT_THERE_IS:
        assert not named_nets(CLAIMS[name].sentence)


def trained_longer(key: str, value: str) -> Tables:
    """All tables, those of some runs with 50 epochs more in their parameters."""
    changed: Tables = []
    for kind, table in whole():
        run = table.run
        if run[key] == value:
            setup = run["setup"] | {"epochs": run["setup"]["epochs"] + 50}
            table = Table(table.frame, table.meta | {"run": run | {"setup": setup}})
        changed.append((kind, table))
    return changed


def texts(finding: Finding | None) -> str:
    assert finding is not None
    parts = (finding.parts or {}).values()
    return " ".join([finding.measured, *(part.measured for part in parts)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "comparing"),
    [("optim", SETUPS[setup].optim, (COMPARE_SETUPS, setup)) for setup in SETUPS]
    + [("net", net, (COMPARE_NETS, net)) for net in NETS],
)
def test_runs_of_unequal_length_are_not_compared(key: str, value: str, comparing: tuple):
    by_claim, item = comparing
    names = [name for name, items in by_claim.items() if item in items]
    assert names
    found = findings(trained_longer(key, value), names)
    for name in names:
        assert "epochs" in texts(found[name]), name
        assert "epochs" not in texts(found_in_all()[name]) or "constant" in name, name
        if not (found[name].parts or "stochastic" in name):
            assert found[name].held is None, name


def relabelled(table: Table, order: np.ndarray) -> Table:
    """The same table with another order of the classes: `order` is the new label of each."""
    columns = ["label", "predicted", "class_1", "class_2", "label_1", "label_2"]
    moved = {name: order[table.frame[name]] for name in columns if name in table.frame}
    by_new_label = np.argsort(order)
    names = {
        key: [table.meta[key][label] for label in by_new_label] for key in ("classes", "labels")
    }
    return Table(table.frame.assign(**moved), table.meta | names)


def published(study: str) -> Evidence:
    """The tables of a published study."""
    folder = ROOT / "published" / study
    settings = params.load(folder / "params.yaml")
    folders = {kind: folder / "data" / kind for kind in KINDS}
    return Evidence(**gather(settings, external=False, **folders), settings=settings.claims)


def of_seeds(evidence: Evidence, number: int) -> Evidence:
    """The evidence of the first seeds alone, which takes less time."""
    kinds = {
        kind: {
            stem: table
            for stem, table in getattr(evidence, kind).items()
            if table.run["seed"] < number
        }
        for kind in KINDS
    }
    return replace(evidence, **kinds)


def votes(tables: dict[str, Table]) -> np.ndarray:
    """50 votes on each test image of a study, ten of them for any class."""
    frame = next(iter(tables.values())).frame
    is_test = frame["split"] == "test"
    truth = frame[is_test].sort_values("index")["label"].to_numpy()
    drawn = 40.0 * np.eye(10)[truth]
    drawn[np.arange(len(truth)), np.random.default_rng(0).integers(0, 10, len(truth))] += 10
    return drawn


@pytest.mark.slow
@pytest.mark.parametrize("study", ["quick", "seeds"])
def test_relabelling_the_classes_of_a_published_study_changes_no_verdict(study: str):
    before = published(study)
    order = np.random.default_rng(3).permutation(10)
    if study == "seeds":
        before = of_seeds(before, 2)
    people_of_study = votes(dict(before.predictions))
    kinds = {
        kind: {stem: relabelled(table, order) for stem, table in getattr(before, kind).items()}
        for kind in KINDS
    }
    after = Evidence(
        **kinds, settings=before.settings, humans=people_of_study[:, np.argsort(order)]
    )
    before = replace(before, humans=people_of_study)
    for one, other in zip(claims.check_all(before), claims.check_all(after), strict=True):
        assert (one.id, other.verdict) == (one.id, one.verdict)
        assert other.figure == pytest.approx(one.figure, abs=1e-9), one.id
