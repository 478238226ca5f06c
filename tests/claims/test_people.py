"""Claims about people who name the same test images."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interference import params
from interference.claims import CLAIMS, Evidence, people
from interference.claims.registry import Verdict
from interference.datasets import humans
from interference.io.tables import Table
from interference.study import select
from tests import optional
from tests.judged import CAT, DOG, SIZES, evidence, predictions

TRUTH = np.repeat(np.arange(10), SIZES)
RNG = np.random.default_rng(0)
RATES = 0.02 * RNG.random((10, 10))
RATES = (RATES + RATES.T) / 2
RATES[CAT, DOG] = RATES[DOG, CAT] = 0.1
np.fill_diagonal(RATES, 0)
RATES += np.diag(1 - RATES.sum(1))


def drawn(rates: np.ndarray, seed: int) -> np.ndarray:
    """A class for each test image, drawn from the rates (10, 10) of its own class."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(10, size=size, p=row) for size, row in zip(SIZES, rates, strict=True)]
    )


def votes(rates: np.ndarray, seed: int = 5) -> np.ndarray:
    """50 votes on each test image, drawn from the rates of its own class."""
    rng = np.random.default_rng(seed)
    parts = [rng.multinomial(50, row, size) for size, row in zip(SIZES, rates, strict=True)]
    return np.concatenate(parts).astype(float)


def judged(name: str, found: list[tuple[str, Table]], humans: np.ndarray | None) -> Verdict:
    return CLAIMS[name].check(replace(evidence(*found), humans=humans))


def test_people_who_err_as_the_net_does_are_alike_and_others_are_not():
    net = predictions(drawn(RATES, 1))
    order = np.random.default_rng(3).permutation(10)
    others = RATES[np.ix_(order, order)]
    assert judged("humans-alike", net, votes(RATES)).verdict == "holds"
    assert judged("humans-alike", net, votes(others)).verdict != "holds"
    assert judged("humans-alike", net, None).verdict == "not measured"


@pytest.mark.parametrize(("share", "expected"), [(0.02, "holds"), (0.1, "open"), (0.2, "fails")])
def test_a_pair_that_people_confuse_less_is_told_from_one_they_confuse_more(share, expected):
    rates = RATES.copy()
    for own, other in ((CAT, DOG), (DOG, CAT)):
        rates[own, own] -= share - rates[own, other]
        rates[own, other] = share
    verdict = judged("cat-dog-beyond-humans", predictions(drawn(RATES, 1)), votes(rates))
    assert verdict.verdict == expected
    if expected == "holds":
        assert f"; largest: CAT-DOG {verdict.figure:+.2f}, " in verdict.measured


def test_errors_that_most_people_make_too_are_wrong_labels():
    predicted = drawn(RATES, 1)
    net = predictions(predicted)
    wrong = predicted != TRUTH
    with_net = votes(RATES)
    with_net[wrong] = 50 * np.eye(10)[predicted[wrong]]
    assert judged("labels-not-cause", net, votes(RATES)).verdict == "holds"
    found = judged("labels-not-cause", net, with_net)
    assert found.verdict == "fails"
    assert f"{wrong.sum()} errors: at least 10% of the people choose the net's class on " in (
        found.measured
    )


def test_votes_on_images_in_another_order_decide_nothing():
    net = predictions(drawn(RATES, 1))
    shuffled = RNG.permutation(votes(RATES))
    found = judged("humans-alike", net, shuffled)
    assert found.verdict == "open"
    assert "in another order" in found.measured
    assert "votes on 5" in judged("humans-alike", net, votes(RATES)[:5]).measured


def test_an_excess_and_its_interval_are_those_of_plain_numpy():
    shares = votes(RATES) / 50
    predicted = drawn(RATES, 2)
    found = people.excess(shares, TRUTH, predicted, (CAT, DOG))
    value = error = 0.0
    for own, other in ((CAT, DOG), (DOG, CAT)):
        rows = [index for index in range(len(TRUTH)) if TRUTH[index] == own]
        apart = np.array([float(predicted[row] == other) - shares[row, other] for row in rows])
        value += apart.sum() / len(rows)
        error += ((apart - apart.mean()) ** 2).sum() / (len(rows) - 1) / len(rows)
    assert found.figure == pytest.approx(100 * value)
    half = 1.959964 * np.sqrt(error)
    assert (found.low, found.high) == pytest.approx((100 * (value - half), 100 * (value + half)))


@pytest.mark.slow
def test_an_excess_covers_the_truth_and_keeps_its_size():
    rejected = 0
    for seed in range(200):
        shares = votes(RATES, seed) / 50
        found = people.excess(shares, TRUTH, drawn(RATES, 1000 + seed), (CAT, DOG))
        rejected += found.held is not None
    assert rejected / 200 < 0.09


def test_a_file_that_is_not_cifar10h_is_refused(tmp_path: Path):
    (tmp_path / humans.NAME).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"SHA-256 [0-9a-f]{64}, expected 9b36b455"):
        humans.votes(tmp_path)


def test_votes_that_cannot_be_had_say_where_to_put_them(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(humans, "ADDRESS", (tmp_path / "nowhere.npy").as_uri())
    with pytest.raises(ValueError, match=r"Put the file there, name a folder"):
        humans.votes(tmp_path)


def test_a_download_is_checked_and_kept(tmp_path: Path, monkeypatch):
    content = io.BytesIO()
    np.save(content, np.ones(humans.SHAPE))
    source = tmp_path / "source.npy"
    source.write_bytes(content.getvalue())
    monkeypatch.setattr(humans, "ADDRESS", source.as_uri())
    monkeypatch.setattr(humans, "SHA256", hashlib.sha256(content.getvalue()).hexdigest())
    raw = tmp_path / "raw"
    raw.mkdir()
    assert humans.votes(raw).sum() == 100_000
    source.unlink()
    assert humans.votes(raw).shape == humans.SHAPE  # from the kept copy


@pytest.mark.cifar10h
def test_the_small_studys_net_confuses_the_classes_that_people_do():
    """Figures that were first computed with other code."""
    folder = optional.ROOT / "published" / "quick"
    settings = params.load(folder / "params.yaml")
    data = folder / "data"
    tables = select.gather(
        settings, external=False, **{kind: data / kind for kind in ("cctm", "predictions")}
    )
    found = replace(
        Evidence(counts={}, grams={}, surfaces={}, **tables, settings=settings.claims),
        humans=humans.votes(optional.RAW),
    )
    alike = CLAIMS["humans-alike"].check(found)
    assert (alike.verdict, round(alike.figure or 0, 2)) == ("holds", 0.94)
    labels = CLAIMS["labels-not-cause"].check(found)
    assert labels.verdict == "holds"
    assert "844 errors" in labels.measured
