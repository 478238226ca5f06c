"""Tables of made-up studies: the shapes of the real ones, values that look like theirs, all from
one seed.

`study(folder)` writes `counts`, `cctm`, `predictions`, `grams` and `surfaces` under a folder, as
the stages would; `evidence(folder)` reads all but the predictions back. Classes are of unequal
sizes by default, so that a transposition cannot hide.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from interference import confusion
from interference.classes import EGOS, Classes
from interference.io import tables

CIFAR = Classes(
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ("PLANE", "CAR", "BIRD", "CAT", "DEER", "DOG", "FROG", "HORSE", "SHIP", "TRUCK"),
)
DIGITS = Classes(tuple(f"digit_{digit}" for digit in range(10)), tuple(map(str, range(10))))
LETTERS = Classes(("a", "b", "c"), ("alpha", "beta", "gamma"))
KIN = [  # CIFAR-100's classes, which are mixed up among their like
    "beaver dolphin otter seal whale",
    "aquarium_fish flatfish ray shark trout",
    "orchid poppy rose sunflower tulip",
    "bottle bowl can cup plate",
    "apple mushroom orange pear sweet_pepper",
    "clock keyboard lamp telephone television",
    "bed chair couch table wardrobe",
    "bee beetle butterfly caterpillar cockroach",
    "bear leopard lion tiger wolf",
    "bridge castle house road skyscraper",
    "cloud forest mountain plain sea",
    "camel cattle chimpanzee elephant kangaroo",
    "fox porcupine possum raccoon skunk",
    "crab lobster snail spider worm",
    "baby boy girl man woman",
    "crocodile dinosaur lizard snake turtle",
    "hamster mouse rabbit shrew squirrel",
    "maple_tree oak_tree palm_tree pine_tree willow_tree",
    "bicycle bus motorcycle pickup_truck train",
    "lawn_mower rocket streetcar tank tractor",
]


def kindred(groups: int) -> Classes:
    """The classes of the first groups of `KIN`, five each, in the order of their names."""
    return Classes(*[tuple(sorted(" ".join(KIN[:groups]).split()))] * 2)


HUNDRED = kindred(len(KIN))

# What CIFAR-10's nets mix up, as weights beside a base of 1: (class, taken for), strength.
MIXED = {
    (3, 5): 30,
    (5, 3): 26,
    (1, 9): 11,
    (9, 1): 10,
    (2, 4): 6,
    (4, 2): 5,
    (2, 3): 7,
    (3, 2): 6,
    (0, 8): 6,
    (8, 0): 5,
    (0, 2): 6,
    (6, 3): 5,
    (3, 6): 6,
    (4, 7): 4,
    (7, 4): 4,
    (7, 5): 4,
    (5, 7): 5,
}

SETUPS = {
    "optim": {"lr": 0.1, "schedule": "cosine", "accuracy": 0.945, "edge": 1.0, "width": 0.75},
    "big_lr": {"lr": 0.01, "schedule": "constant", "accuracy": 0.90, "edge": 0.1, "width": 0.4},
    "small_lr": {
        "lr": 0.0001,
        "schedule": "constant",
        "accuracy": 0.855,
        "edge": 0.01,
        "width": 0.22,
    },
}
PAPER_RUNS = {
    "vgg19": "optim",
    "resnet18": "optim",
    "googlenet": "optim",
    "dla": "optim",
    "vgg19-big_lr": "big_lr",
    "resnet18-big_lr": "big_lr",
    "vgg19-small_lr": "small_lr",
    "resnet18-small_lr": "small_lr",
}
PAPER_SWEPT = (
    "vgg19",
    "resnet18",
    "vgg19-big_lr",
    "resnet18-big_lr",
    "vgg19-small_lr",
    "resnet18-small_lr",
)
PAPER_PAIRS = ("cat-dog", "automobile-truck", "horse-ship", EGOS)


def study(
    folder: Path,
    *,
    classes: Classes = CIFAR,
    runs: dict[str, str] | None = None,
    swept: Sequence[str] | None = None,
    pairs: Sequence[str] = ("cat-dog",),
    scales: Sequence[str] = ("raw",),
    recorded: Sequence[str] | None = None,
    epochs: int = 6,
    points: int = 5,
    images: int = 200,
    seed: int = 0,
) -> Path:
    """Write every table of a study: `runs` maps a run's name (its net first) to one of the
    `SETUPS`.

    Of `swept` the pairs' planes are written, and `recorded` kept counts of training after each
    epoch, as all do unless told. `images` is the size of the first test class; each later one is a
    few images smaller, and training classes are five times as large.
    """
    runs = {"vgg19": "optim", "resnet18": "optim"} if runs is None else runs
    data = "cifar100" if set(classes.keys) & set(HUNDRED.keys) else "cifar10"
    for place, (name, setup) in enumerate(runs.items()):
        rng = np.random.default_rng([seed, place])
        mixed = _mixed(rng, classes)
        sizes = images - (3 if images > 50 else 1) * np.arange(len(classes))
        splits = SPLITS if recorded is None or name in recorded else SPLITS[:2]
        meta = {
            **tables.class_metadata(classes),
            "run": run(name, setup, epochs, splits, data),
            "made_by": MADE_BY,
        }
        final = _counts(folder, rng, mixed, sizes, meta, SETUPS[setup]["accuracy"], epochs)
        _cctm(folder, final, meta)
        _predictions(folder, np.random.default_rng([seed, place, 1]), final, meta)
        dots = _grams(folder, rng, mixed, meta)
        for pair in pairs if swept is None or name in swept else ():
            for scale in scales:
                _surfaces(folder, rng, mixed, 5 * sizes, meta, dots, classes, pair, scale, points)
    return folder


def paper(folder: Path) -> Path:
    """A study of the paper's size: eight runs of 200 epochs, 36 surfaces of 19 x 19 points and the
    ego models.
    """
    return study(
        folder,
        runs=PAPER_RUNS,
        swept=PAPER_SWEPT,
        pairs=PAPER_PAIRS,
        scales=("raw", "step"),
        recorded=("vgg19",),
        epochs=200,
        points=19,
        images=1000,
    )


def evidence(folder: Path) -> dict[str, dict[str, tables.Table]]:
    """The tables of a study by kind and name, read back from its files."""
    return {
        kind: {
            path.stem: tables.read(path, kind) for path in sorted((folder / kind).glob("*.parquet"))
        }
        for kind in ("counts", "cctm", "grams", "surfaces")
    }


SPLITS = ("train_online", "test", "train_augmented", "train")
MADE_BY = {
    "package": "0.1.0",
    "torch": "2.9.0",
    "numpy": "2.4.6",
    "device": "toy",
    "seed": 0,
    "precision": "float32",
}


def run(
    name: str, setup: str, epochs: int, splits: Sequence[str], data: str = "cifar10"
) -> dict[str, Any]:
    """The resolved parameters of a made-up run, as `Params.resolved` gives them."""
    chosen = {key: SETUPS[setup][key] for key in ("lr", "schedule")}
    return {
        "name": name,
        "net": name.split("-")[0],
        "optim": setup,
        "seed": 0,
        "counts": list(splits),
        "setup": {
            **chosen,
            "momentum": 0.9,
            "weight_decay": 5e-4,
            "batch_size": 128,
            "epochs": epochs,
        },
        "data": {"name": data, "crop": 4, "flip": True},
    }


def _mixed(rng: np.random.Generator, classes: Classes) -> np.ndarray:
    """What each class is taken for when it is mistaken: rows sum to the class's difficulty.

    That is 1 on average; of classes that are kin, 4.
    """
    number, kin = (
        len(classes),
        [[classes.index(name) for name in group.split() if classes.has(name)] for group in KIN],
    )
    weights = rng.lognormal(-0.3, 0.5, (number, number))
    for group in kin:
        weights[np.ix_(group, group)] += rng.lognormal(3.3, 0.7, (len(group), len(group)))
    for (true, predicted), strength in MIXED.items():
        if max(true, predicted) < number:
            weights[true, predicted] += strength
    np.fill_diagonal(weights, 0)
    return weights / weights.sum(1).mean() * (4 if any(kin) else 1)


def _rates(mixed: np.ndarray, error: np.ndarray | float) -> np.ndarray:
    """Row-stochastic rates whose classes err with `error` on average: rates[a, b] of class a
    predicted as b.
    """
    wrong = mixed * np.reshape(error, (-1, 1))
    wrong *= np.minimum(1, 0.95 / wrong.sum(1, keepdims=True))
    return wrong + np.diag(1 - wrong.sum(1))


def _counts(
    folder: Path,
    rng: np.random.Generator,
    mixed: np.ndarray,
    sizes: np.ndarray,
    meta: dict[str, Any],
    accuracy: float,
    epochs: int,
) -> dict[str, np.ndarray]:
    """Write data/counts of a run whose classes 3 and 5 dance, and return the counts of the last
    epoch by split.
    """
    number, blocks, last = len(mixed), [], {}
    for epoch in range(epochs):
        left = np.exp(-5 * (epoch + 1) / epochs)  # of the training still to come
        sway = rng.normal(0, 0.5 * left**0.5 + 0.03, number)
        if number > 5:
            sway[5] = -0.8 * sway[3]
        restless = mixed * rng.lognormal(
            0, 0.6, mixed.shape
        )  # what a class is taken for changes from epoch to epoch
        shares = {
            "train_online": 0.6,
            "test": 1,
            "train_augmented": left + 0.03,
            "train": left + 0.01,
        }  # of the error
        for split, share in shares.items():
            error = ((1 - accuracy) * share + 0.6 * left * min(1, share + 0.4)) * np.exp(sway)
            rates = _rates(mixed if split == "test" else restless, error)
            last[split] = rng.multinomial(sizes if split == "test" else 5 * sizes, rates)
            if split in meta["run"]["counts"]:
                blocks.append(
                    confusion.columns(
                        last[split], _losses(last[split]), epoch=epoch + 1, split=split
                    )
                )
    _write(folder / "counts" / f"{meta['run']['name']}.parquet", "counts", blocks, meta)
    return last


def _cctm(folder: Path, final: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    """Write data/cctm: the counts of the last epoch."""
    blocks = [
        confusion.columns(final[split], _losses(final[split]), split=split)
        for split in ("test", "train")
    ]
    _write(folder / "cctm" / f"{meta['run']['name']}.parquet", "cctm", blocks, meta)


def _predictions(
    folder: Path, rng: np.random.Generator, final: dict[str, np.ndarray], meta: dict[str, Any]
) -> None:
    """Write data/predictions: images by class, of which the first are hard for every run; their
    counts are `final`.
    """
    blocks = []
    for split in ("test", "train"):
        sizes = final[split].sum(1)
        predicted = np.concatenate(
            [_said(rng, label, row) for label, row in enumerate(final[split])]
        )
        blocks.append(
            {
                "split": np.full(sizes.sum(), split),
                "index": np.arange(sizes.sum()),
                "label": np.repeat(np.arange(len(sizes)), sizes),
                "predicted": predicted,
            }
        )
    _write(folder / "predictions" / f"{meta['run']['name']}.parquet", "predictions", blocks, meta)


def _said(rng: np.random.Generator, label: int, row: np.ndarray) -> np.ndarray:
    """The predictions (n,) of one class's images with these counts (C,): mistakes first, stirred a
    little.
    """
    order = np.r_[np.delete(np.arange(len(row)), label), label]
    stirred = np.argsort(np.arange(row.sum()) + rng.normal(0, 1 + row.sum() / 100, row.sum()))
    predicted = np.empty(row.sum(), int)
    predicted[stirred] = np.repeat(order, row[order])
    return predicted


def _grams(
    folder: Path, rng: np.random.Generator, mixed: np.ndarray, meta: dict[str, Any]
) -> np.ndarray:
    """Write data/grams, and return the dots: classes that are mixed up have opposed gradients,
    about 2 / edge long.
    """
    number = len(mixed)
    gradients = rng.normal(0, 0.02, (number, 4 * number))
    for a in range(number):
        for b in range(a):
            shared = rng.normal(0, 0.02, 4 * number) * np.sqrt(mixed[a, b] + mixed[b, a]) * 2
            gradients[a] += shared
            gradients[b] -= shared
    gradients *= 2 / SETUPS[meta["run"]["optim"]]["edge"] / np.linalg.norm(gradients, axis=1).mean()
    label_1, label_2 = np.indices((number, number)).reshape(2, -1)
    dots = gradients @ gradients.T
    tables.write(
        folder / "grams" / f"{meta['run']['name']}.parquet",
        "grams",
        {"label_1": label_1, "label_2": label_2, "dot": dots.ravel()},
        meta,
    )
    return dots


def _surfaces(
    folder: Path,
    rng: np.random.Generator,
    mixed: np.ndarray,
    sizes: np.ndarray,
    meta: dict[str, Any],
    dots: np.ndarray,
    classes: Classes,
    notation: str,
    scale: str,
    points: int,
) -> None:
    """Write a pair's plane or, of `egos`, the middle line of every class's plane with itself."""
    setup = SETUPS[meta["run"]["optim"]]
    edge, width = (setup["edge"], setup["width"]) if scale == "raw" else (2.0, 0.8)
    spans = _spans(mixed, classes, notation)
    norms = np.sqrt(np.diagonal(dots)) if scale != "raw" else np.ones(len(dots))
    blocks = [_plane(rng, mixed, sizes, pair, edge, width, points) for pair in spans]
    more = {
        "edge": edge,
        "pair": notation,
        "scale": scale,
        "batch_norm": "frozen",
        "split": "train",
        "images": int(np.sum(sizes)),
        "grams": {
            "-".join(classes.keys[label] for label in pair): (dots / np.outer(norms, norms))[
                np.ix_(pair, pair)
            ].tolist()
            for pair in spans
        },
    }
    _write(
        folder / "surfaces" / f"{meta['run']['name']}-{notation}-{scale}.parquet",
        "surfaces",
        blocks,
        meta | more,
    )


def _spans(mixed: np.ndarray, classes: Classes, notation: str) -> list[tuple[int, int]]:
    """The pairs that a notation means."""
    if notation == EGOS:
        return [(label, label) for label in range(len(classes))]
    number = classes.top(notation)
    return (
        [(a, b) for a, b, _ in confusion.ranked_pairs(mixed)[:number]]
        if number
        else [classes.pair(notation)]
    )


def _plane(
    rng: np.random.Generator,
    mixed: np.ndarray,
    sizes: np.ndarray,
    pair: tuple[int, int],
    edge: float,
    width: float,
    points: int,
) -> dict[str, np.ndarray]:
    """One plane's columns: a tilted valley round w* that rises to a plateau where one class
    swallows all others.

    Of a class with itself, the line in the middle.
    """
    number, (first, second) = len(mixed), pair
    theta = np.linspace(-edge, edge, points)
    i, j = np.indices((points, points))
    x, y = theta[i] / edge / width, theta[j] / edge / width  # (points, points)
    steep = 0.6 if abs(first - second) > 2 else 1.3
    lost = 1 - np.exp(-steep * (x**2 + 0.8 * y**2 + 0.9 * x * y) * np.exp(0.35 * x - 0.2 * y))
    attractor = np.where(x + y > 0, np.where(x > y, first, second), (first + 2) % number)
    ease = np.exp(rng.normal(0, 0.5, number))  # some classes answer to the plane more than others
    rates = np.empty((points, points, number, number))
    for a in range(number):
        share = np.where(attractor == a, 0.02, 1) * lost ** (1 / ease[a])
        rates[:, :, a] = (1 - share[..., None]) * _rates(mixed, 0.004)[a] + share[
            ..., None
        ] * np.eye(number)[attractor]
    line = slice(points // 2, points // 2 + 1) if first == second else slice(None)
    counts, i, j = (
        rng.multinomial(sizes, rates)[line],
        i[line],
        j[line],
    )  # (points or 1, points, C, C)
    return _narrow(
        "surfaces",
        confusion.columns(
            counts,
            _losses(counts),
            class_1=first,
            class_2=second,
            i=i,
            j=j,
            theta_1=theta[i],
            theta_2=theta[j],
        ),
    )


def _losses(counts: np.ndarray) -> np.ndarray:
    """Summed losses, hardly two of them alike: no table of real ones is small because they are."""
    return counts * (0.3 + 0.1 * np.sin(np.cumsum(counts).reshape(counts.shape)))


def _narrow(kind: str, columns: dict[str, Any]) -> dict[str, np.ndarray]:
    """Columns in the types of their table, of which many are in memory at once."""
    return {
        name: np.asarray(column, tables.COLUMNS[kind][name].to_pandas_dtype())
        for name, column in columns.items()
    }


def _write(path: Path, kind: str, blocks: list[dict[str, Any]], meta: dict[str, Any]) -> None:
    """Join blocks of columns and write the table."""
    tables.write(
        path,
        kind,
        {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]},
        meta,
    )
