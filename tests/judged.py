"""Made-up tables of which a claim's verdict is known, and its judging."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from interference import confusion, paper
from interference.claims import CLAIMS, Evidence, Verdict, contrasts
from interference.claims.lookup import PLANES
from interference.classes import Classes
from interference.datasets import DATASETS
from interference.io.tables import Table
from interference.params import Claims, Setup
from interference.surfaces import flatness

CIFAR, DIGITS = DATASETS["cifar10"].classes, DATASETS["digits"].classes
PLANE, CAR, BIRD, CAT, DEER, DOG, FROG, HORSE, SHIP, TRUCK = range(10)
SETUPS = {
    "anneal_lr": Setup("optim", 0.1, "cosine"),
    "big_lr": Setup("big_lr", 0.01, "constant"),
    "small_lr": Setup("small_lr", 0.0001, "constant"),
}
NETS = ("vgg19", "resnet18", "googlenet", "dla")
EDGES = {"anneal_lr": 1.0, "big_lr": 0.1, "small_lr": 0.01}
SETTINGS = Claims(net="vgg19", setups=SETUPS)
SIZES = 1000 - 7 * np.arange(10)
T1, T2 = np.linspace(-1, 1, 9)[:, None], np.linspace(-1, 1, 11)[None]  # in edges
BOWL = T1**2 + T2**2


@contextmanager
def with_few_draws() -> Iterator[None]:
    """Bootstrap with a tenth of the draws, for tests of what is measured, or of equality."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flatness, "DRAWS", 20)
        patch.setattr(contrasts, "DRAWS", 200)
        contrasts._symmetry.cache_clear()
        yield
    contrasts._symmetry.cache_clear()


def evidence(*found: tuple[str, Table], settings: Claims = SETTINGS) -> Evidence:
    """Evidence of tables given as (kind, table)."""
    kinds = {
        kind: {str(place): table for place, (one, table) in enumerate(found) if one == kind}
        for kind in ("counts", "cctm", "grams", "surfaces", "predictions")
    }
    return Evidence(**kinds, settings=settings)


def meta(
    net: str = "vgg19",
    setup: str = "anneal_lr",
    seed: int = 0,
    epochs: int = 200,
    classes: Classes = CIFAR,
    **setting: object,
) -> dict:
    own = SETUPS[setup]
    return {
        "classes": list(classes.keys),
        "labels": list(classes.labels),
        "run": {
            "name": f"{net}-{setup}-{seed}",
            "net": net,
            "optim": own.optim,
            "seed": seed,
            "counts": [],
            "setup": paper.ALWAYS
            | {"lr": own.lr, "schedule": own.schedule, "epochs": epochs}
            | setting,
            "data": paper.DATA,
        },
    }


def cctm(errors: np.ndarray, train: np.ndarray | None = None, **run: object) -> tuple[str, Table]:
    """The test counts of a run that makes these errors (C, C) on `SIZES` images; its training
    counts say nothing, if they are not given.
    """
    counts = errors + np.diag(SIZES - errors.sum(1))
    train = np.ones((10, 10), int) if train is None else train
    frame = pd.concat(
        pd.DataFrame(confusion.columns(part, 0.1 * part, split=split))
        for split, part in (("train", train), ("test", counts))
    )
    return "cctm", Table(frame, meta(**run))


def paper_errors() -> np.ndarray:
    """Errors such as the paper reports: near symmetric, CAT and DOG worst, BIRD third."""
    a, b = np.indices((10, 10))
    errors = 1 + (a * b + a + b) % 4
    errors[CAT, DOG], errors[DOG, CAT], errors[BIRD, DEER] = 65, 50, 26
    np.fill_diagonal(errors, 0)
    return errors


def predictions(predicted: np.ndarray, **run: object) -> list[tuple[str, Table]]:
    """The cctm and the predictions tables of a run that predicts the test images as these classes.

    The images stand in the order of their classes, `SIZES` of each.
    """
    labels = np.repeat(np.arange(10), SIZES)
    counts = confusion.counts(labels, predicted, 10)
    errors = counts - np.diag(counts.diagonal())
    frame = pd.DataFrame(
        {
            "split": "test",
            "index": np.arange(len(labels)),
            "label": labels,
            "predicted": predicted,
        }
    )
    return [cctm(errors, **run), ("predictions", Table(frame, meta(**run)))]


def images_of(counts: Table) -> tuple[str, Table]:
    """The predictions of the test images that a cctm table counts, in the order of its cells."""
    cells = counts.frame[counts.frame["split"] == "test"].sort_values(["label", "predicted"])
    labels, predicted = (
        np.repeat(cells[column], cells["count"]) for column in ("label", "predicted")
    )
    frame = pd.DataFrame({"label": labels.to_numpy(), "predicted": predicted.to_numpy()})
    frame = frame.assign(split="test", index=np.arange(len(frame)))
    return "predictions", Table(frame, counts.meta)


def people() -> np.ndarray:
    """50 votes on each test image, all but ten of them for its class."""
    truth = np.repeat(np.arange(10), SIZES)
    votes = 40.0 * np.eye(10)[truth]
    votes[np.arange(len(truth)), np.random.default_rng(0).integers(0, 10, len(truth))] += 10
    return votes


def clear_errors() -> np.ndarray:
    """Errors like `paper_errors`, so many that chance hides no order of classes."""
    errors = 3 * paper_errors()
    errors[CAT, DOG] += 60
    errors[DOG, CAT] += 60
    errors[BIRD, DEER] += 40
    return errors


def of_nets(errors: np.ndarray, **run: object) -> list[tuple[str, Table]]:
    """The same test counts of the paper's four nets."""
    return [cctm(errors, net=net, **run) for net in NETS]


def plane(
    pair: str,
    rates: dict[int, np.ndarray] | np.ndarray,
    setup: str = "anneal_lr",
    scale: str = "raw",
    **run: object,
) -> tuple[str, Table]:
    """A surface of a pair: the share of each class's images that is mistaken, (n1, n2) each, 0
    where not given.
    """
    rates = rates if isinstance(rates, dict) else dict.fromkeys(range(10), rates)
    counts = np.zeros((T1.size, T2.size, 10, 10), int)
    for label in range(10):
        wrong = np.round(SIZES[label] * np.clip(rates.get(label, 0) + 0 * BOWL, 0, 1)).astype(int)
        counts[..., label, label], counts[..., label, (label + 1) % 10] = (
            SIZES[label] - wrong,
            wrong,
        )
    first, second = CIFAR.pair(pair)
    edge = EDGES[setup] if scale == "raw" else 1.0  # at equal steps all edges are equal
    thetas = {"theta_1": edge * T1, "theta_2": edge * T2}
    columns = confusion.columns(
        counts,
        0.1 * counts,
        class_1=first,
        class_2=second,
        i=np.arange(T1.size)[:, None],
        j=np.arange(T2.size),
        **thetas,
    )
    spans = {"-".join(CIFAR.keys[label] for label in (first, second)): [[1.0, 0.0], [0.0, 1.0]]}
    return "surfaces", Table(
        pd.DataFrame(columns),
        meta(setup=setup, **run) | {"pair": pair, "scale": scale, "grams": spans},
    )


def with_zoom(
    wide: tuple[str, Table], narrow: tuple[str, Table], times: float
) -> tuple[str, Table]:
    """A surface with a zoom, which is another surface made so many times narrower."""
    kind, table = wide
    zoom = narrow[1].frame.assign(zoom=1)
    zoom[["theta_1", "theta_2"]] /= times
    frame = pd.concat([table.frame.assign(zoom=0), zoom])
    return kind, Table(frame, table.meta)


def ego_lines(costs: np.ndarray, own: float = -1.0, **run: object) -> list[tuple[str, Table]]:
    """The ego models of all classes: descent on class a costs class b `costs[a, b]` at the edge.

    `own` times the step, from -1 to 1, is added to half of the images of the class itself.
    """
    steps = np.linspace(-1, 1, 9)
    counts = np.zeros((10, 1, 9, 10, 10), int)
    for first in range(10):
        for label in range(10):
            rate = (
                np.maximum(0, steps) * costs[first, label] if label != first else 0.45 * own * steps
            )
            wrong = np.round(SIZES[label] * np.clip(rate + 0.05, 0, 1)).astype(int)
            counts[first, 0, :, label, label] = SIZES[label] - wrong
            counts[first, 0, :, label, (label + 1) % 10] = wrong
    columns = confusion.columns(
        counts,
        0.1 * counts,
        class_1=np.arange(10)[:, None, None],
        class_2=np.arange(10)[:, None, None],
        i=np.zeros((1, 1, 1), int),
        j=np.arange(9),
        theta_1=np.zeros((1, 1, 1)),
        theta_2=steps,
    )
    grams = {f"{key}-{key}": [[1.0, 1.0], [1.0, 1.0]] for key in CIFAR.keys}
    own_meta = {"pair": "egos", "scale": "raw", "grams": grams}
    return [("surfaces", Table(pd.DataFrame(columns), meta(**run) | own_meta))]


def gram(dots: np.ndarray, **run: object) -> tuple[str, Table]:
    """The dot products (10, 10) of the class gradients of a run."""
    label_1, label_2 = np.triu_indices(10)
    frame = pd.DataFrame({"label_1": label_1, "label_2": label_2, "dot": dots[label_1, label_2]})
    return "grams", Table(frame, meta(**run))


def training(
    errors: np.ndarray, split: str = "train_augmented", **run: object
) -> tuple[str, Table]:
    """Counts of a run that makes errors (epochs, C, C) on 5,000 images a class."""
    counts = errors.copy()
    counts[:, range(10), range(10)] = 5000 - errors.sum(-1)
    frame = pd.DataFrame(
        confusion.columns(counts, 0.1 * counts, epoch=1 + np.arange(len(counts)), split=split)
    )
    return "counts", Table(frame, meta(**{"epochs": len(errors)} | run))


def notes(epochs: int = 200, images: int = 6, **played: dict[int, list[int]]) -> tuple[str, Table]:
    """Counts whose dancing notes are as told: `cat={DOG: [1, 2]}` plays DOG in CAT's row at the
    epochs 1 and 2, with so many images.
    """
    errors = np.zeros((epochs, 10, 10), int)
    for of, lines in played.items():
        for other, when in lines.items():
            errors[np.array(when) - 1, CIFAR.index(of), other] = images
    return training(errors)


def judge(name: str, *found: tuple[str, Table], settings: Claims = SETTINGS) -> Verdict:
    return CLAIMS[name].check(evidence(*found, settings=settings))


def verdict(name: str, *found: tuple[str, Table]) -> str:
    return judge(name, *found).verdict


def everything() -> list[tuple[str, Table]]:
    """Every kind of table, drawn at random: what the verdicts are does not matter, only that they
    are had.
    """
    rng = np.random.default_rng(0)
    ways = np.stack(
        np.broadcast_arrays(
            T1 > 0.3, T1 < -0.3, T2 > 0.3, T2 < -0.3, abs(T1 + T2) > 0.5, BOWL > 0.9
        )
    )
    shapes = dict(enumerate(np.tensordot(rng.random((10, 6)), ways * BOWL / 8, 1)))
    gradients = rng.normal(size=(10, 40))
    label_1, label_2 = np.indices((10, 10)).reshape(2, -1)
    grams = pd.DataFrame(
        {"label_1": label_1, "label_2": label_2, "dot": (gradients @ gradients.T).ravel()}
    )
    errors = rng.permuted(
        np.broadcast_to(30 * np.arange(1, 11), (200, 10, 10)), axis=-1
    )  # no two alike in a row
    errors *= 1 - np.eye(10, dtype=int)
    errors[150:, CAT, DOG] = 500  # DOG takes over
    trained, tested = (training(errors, split)[1] for split in ("train_augmented", "test"))
    both = Table(pd.concat([trained.frame, tested.frame]), trained.meta)

    def tested_online(errors: np.ndarray, **run: object) -> tuple[str, Table]:
        """Counts on the test images, and on the training images as the training sees them."""
        parts = [training(errors, split, **run)[1] for split in ("test", "train_online")]
        return "counts", Table(pd.concat([part.frame for part in parts]), parts[0].meta)

    nets = NETS
    others = [pair for pair in combinations(CIFAR.keys, 2) if "-".join(pair) not in PLANES][:5]
    return [
        *(
            cctm(
                rng.integers(0, 30, (10, 10)) * (1 - np.eye(10, dtype=int)),
                train=rng.integers(1, 30, (10, 10)),
                setup=setup,
                net=net,
            )
            for setup in SETUPS
            for net in nets
        ),
        *(
            plane(pair, shapes, setup=setup, net=net, scale=scale)
            for setup in SETUPS
            for net in nets[:2]
            for pair in PLANES
            for scale in ("raw", "step")
        ),
        *(
            plane("-".join(pair), (0.2 + 0.02 * place) * BOWL, setup=setup, scale="random")
            for setup in ("anneal_lr", "big_lr")
            for place, pair in enumerate(others)
        ),
        *ego_lines(rng.random((10, 10))),
        ("grams", Table(grams, meta())),
        ("counts", both),
        tested_online(errors, setup="big_lr"),
        tested_online(errors[::-1].copy(), seed=1, schedule="constant"),
    ]
