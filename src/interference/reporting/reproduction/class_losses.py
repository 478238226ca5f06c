"""Section 4.1, Fig. 5, Definition 1: what moving along one or two classes' gradients costs each class."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from interference import confusion, surfaces
from interference.confusion import by_epoch, predictors
from interference.confusion.predictors import Prediction
from interference.io.tables import Table
from interference.reporting.figures import selection
from interference.reporting.reproduction.markdown import folded, interval, number, plain, table
from interference.reporting.reproduction.page import RAW, Page
from interference.reporting.text import plural
from interference.surfaces import Surface, shapes
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

NAMED = 3  # classes named at either end
PLANES = 6  # that have a row


def losses(page: Page) -> list[str]:
    """Fig. 5: how far each class's mistakes range over the planes of the paper's net."""
    run, found = _raw(page, page.planes)
    if not found:
        return []
    ranges = [
        np.ptp(surfaces.class_mistake_rates(plane), axis=(0, 1)) for plane in found
    ]  # (C,) each
    rows = [
        (plain(plane.name), *_ends(page, one), number(float(np.nanmedian(one)), 0))
        for plane, one in list(zip(found, ranges, strict=True))[:PLANES]
    ]
    return [
        f"Around {page.names[run]} {_widest(found, ranges)}",
        *folded(
            "How far training mistakes range, in points, of the classes that answer most and least and of the "
            "median of all",
            table(("plane", "most", "least", "median"), rows),
        ),
        *page.pictures.shown(
            f"class_losses-{run}-{RAW}", f"Every class's loss over the planes of {run}"
        ),
        *page.pictures.linked(
            (f"class_losses-{other}-{RAW}", words)
            for other, words in page.names.items()
            if other != run
        ),
    ]


def _widest(found: Sequence[Surface], ranges: Sequence[Array]) -> str:
    """Over which planes the median class's mistakes range (C,) most and least, where that differs."""
    medians = [float(np.nanmedian(one)) for one in ranges]
    least, most = (
        f"{plain(found[place].name)} ({medians[place]:.0f} points)"
        for place in (int(np.argmin(medians)), int(np.argmax(medians)))
    )
    if len(found) > 1 and min(medians) == max(medians):
        return f"the median class's mistakes range alike over {len(found)} planes ({medians[0]:.0f} points)."
    words = f"most over {most}, least over {least}" if len(found) > 1 else f"over {most}"
    return f"the median class's mistakes range {words}."


def _raw(page: Page, found: Sequence[Surface]) -> tuple[str, list[Surface]]:
    """The planes or lines of the paper's run at its scale, or of the first run that has some."""
    raw = [one for one in found if one.scale == RAW]
    runs = list(dict.fromkeys(one.run for one in raw))
    run = page.foremost if page.foremost in runs else next(iter(runs), "")
    return run, [one for one in raw if one.run == run]


def _ends(page: Page, ranges: Array) -> list[str]:
    """The classes of the widest and of the narrowest ranges (C,), in words."""
    order = [
        label
        for label in np.argsort(-ranges, kind="stable").tolist()
        if math.isfinite(ranges[label])
    ]
    return [
        ", ".join(f"{page.labels[label]} {ranges[label]:.0f}" for label in some)
        for some in (order[:NAMED], order[: -NAMED - 1 : -1])
    ]


def egos(page: Page) -> list[str]:
    """Definition 1: who pays for the descent on one class alone."""
    run, found = _raw(page, page.study.lines)
    if not found:
        return []
    rates = {
        line.pair[0]: (line, surfaces.class_mistake_rates(line)[0]) for line in found
    }  # (n, C) each
    costliest = sorted(rates, key=lambda label: -float(surfaces.paid(rates[label][1], label).sum()))
    rows = [_ego(page, *rates[label]) for label in costliest[: selection.CLASSES]]
    some = (
        f", of the {selection.CLASSES} costliest classes" if len(rates) > selection.CLASSES else ""
    )
    points = f", {rows[0][1]} points" if rows[0][1] else ""
    return [
        f"Around {page.names[run]} the descent on {rows[0][0]} costs the others most{points}.",
        *folded(
            f"By how many points the mistakes of others rise on the way to the edge, on average{some}, and the "
            "class's own mistakes",
            table(
                (
                    "descended",
                    "who pays most",
                    "own, ascended, %",
                    "trained net, %",
                    "own, descended, %",
                ),
                rows,
            ),
        ),
        *page.pictures.shown(f"ego_models-{run}-{RAW}", f"Ego models of {run}"),
    ]


def _ego(page: Page, line: Surface, rates: Array) -> tuple[str | None, ...]:
    """Who pays for the descent on one class, and its own mistakes ascended, trained and descended."""
    own = line.pair[0]
    costs = surfaces.paid(rates, own)
    most = [label for label in np.argsort(-costs, kind="stable").tolist() if costs[label] > 0][
        :NAMED
    ]
    payers = ", ".join(f"{page.labels[label]} {number(costs[label], sign=True)}" for label in most)
    return (
        page.labels[own],
        payers or None,
        *(number(rates[place, own]) for place in (0, len(rates) // 2, -1)),
    )


def likeness(page: Page) -> list[str]:
    """Section 4.1: whether classes whose losses have like shapes interfere."""

    def score(run: str) -> Array | None:
        mine = [plane for plane in page.planes if (plane.run, plane.scale) == (run, RAW)]
        return (
            shapes.mean_similarity([surfaces.similarity(plane) for plane in mine]) if mine else None
        )

    return _predicts(
        page,
        "mean likeness of two classes' losses over all of a run's raw planes",
        score,
        [
            (f"shapes-{run}", f"Likeness of class losses, {words}")
            for run, words in page.names.items()
        ],
        "The claim below reads the planes of Fig. 5 alone, CAT-DOG and CAR-TRUCK of one run, and has a "
        "correlation of its own.",
    )


def gradients(page: Page) -> list[str]:
    """Not in the paper: whether classes whose gradients are opposed interfere."""
    grams = page.study.of_runs("grams")

    def score(run: str) -> Array | None:
        return cosines(grams[run]) if run in grams else None

    return _predicts(
        page,
        "cosine of two classes' gradients",
        score,
        [("cosine_cctm", "Cosines of class gradients against interference")],
    )


def _predicts(
    page: Page,
    what: str,
    score: Callable[[str], Array | None],
    pictures: Sequence[tuple[str, str]],
    *more: str,
) -> list[str]:
    """A row a run: how well a score of pairs (C, C) tells interference; `more` to say, and the first picture shown."""
    cctm = page.study.of_runs("cctm")
    scores = {run: found for run in page.names if run in cctm and (found := score(run)) is not None}
    if not scores:
        return []
    predicted = {run: _prediction(one, cctm[run]) for run, one in scores.items()}
    rows = [
        (page.names[run], number(one.rho, 2), interval(one.low, one.high), number(one.p, 3))
        for run, one in predicted.items()
    ]
    shown = [one for one in pictures if one[0] in page.pictures.names]
    return [
        f"Rank correlation (Spearman) of the {what} with how much they interfere on the test set: "
        f"{_told(page, [*predicted.values()])}",
        *more,
        *folded("Of every run", table(("run", "correlation", "95 % interval", "p"), rows)),
        *(page.pictures.shown(*shown[0]) if shown else []),
        *page.pictures.linked(shown[1:]),
    ]


def _prediction(score: Array, cctm: Table) -> Prediction:
    return predictors.prediction(
        score, confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))
    )


def _told(page: Page, found: Sequence[Prediction]) -> str:
    """Between what the correlations lie, and how many of them chance hardly gives."""
    rhos = [one.rho for one in found if math.isfinite(one.rho)]
    if not rhos:
        return "nothing varies."
    sure = sum(one.p < page.settings.p for one in found)
    ends = dict.fromkeys((number(min(rhos), 2), number(max(rhos), 2)))
    return (
        f"{' to '.join(map(str, ends))} over {plural(len(found), 'run')}, "
        f"with p below {page.settings.p:g} in {sure}."
    )
