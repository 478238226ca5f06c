"""Section 3, Fig. 2 to 4: minima over interference planes, at the paper's scale and where all nets step alike."""

from collections.abc import Iterable, Iterator, Sequence

from interference import surfaces
from interference.reporting.reproduction.markdown import (
    folded,
    number,
    percent,
    plain,
    short,
    table,
)
from interference.reporting.reproduction.page import RAW, Page
from interference.reporting.text import listed, plural
from interference.study import runs
from interference.surfaces import flatness, setup_comparison
from interference.surfaces.flatness import Flatness
from interference.surfaces.setup_comparison import Measured
from interference.vocabulary import RANDOM, SCALES

FIGURES = {
    "big_lr": "Fig. 2",
    "small_lr": "Fig. 3",
    "anneal_lr": "Fig. 4",
}  # the paper's set-ups as it draws them
PAIRS = 6  # planes of a run that have a row; of more, the sharpest
STEP = "step"  # the scale at which theta is the norm of the weight change
HEADS = (
    "net",
    "plane",
    "flat, % of the plane",
    "flat, θ²",
    "steepest rise",
    "far field, %",
    "looks like",
)
ROUGH = "≈ "  # the mark of a number that rests on less than a cell of the grid
LOOKS = {"lowland": "in a lowland", "spike": "on a spike", "plateau": "with a plateau"}


def planes(page: Page) -> list[str]:
    """Fig. 2 to 4: how flat the planes at the paper's scale are, set-up by set-up."""
    setups = _by_setup(page, [one for one in page.measured if one.surface.scale == RAW])
    if not setups:
        return []
    lands = [
        f"{sum('lowland' in _looks(page, one) for one in found)} of {plural(len(found), 'plane')} under "
        f"{_called(page, found[0])}"
        for found in setups
    ]
    present = {page.place(found[0].run) for found in setups}
    lacking = [
        f"{where} ({name.replace('_', '-')})"
        for name, where in FIGURES.items()
        if name not in present
    ]
    return [
        f"In a lowland: {listed(lands)}.",
        _rule(page),
        *(
            [
                f"**Not measured**: {listed(lacking)}; the stage `sweep` makes the planes, of a run under such a set-up "
                "that `sweep.runs` names."
            ]
            if lacking
            else []
        ),
        *(block for found in setups for block in _setup(page, found)),
    ]


def _by_setup(page: Page, found: Iterable[Measured]) -> list[list[Measured]]:
    """The planes of each set-up, the paper's set-ups first and in its order."""
    groups: dict[str, list[Measured]] = {}
    for one in found:
        groups.setdefault(one.run["optim"], []).append(one)

    def order(group: list[Measured]) -> int:
        place = page.place(group[0].run)
        return [*FIGURES].index(place) if place in FIGURES else len(FIGURES)

    return sorted(groups.values(), key=order)


def _called(page: Page, one: Measured) -> str:
    """A plane's set-up by the paper's name, or by its own."""
    return plain((page.place(one.run) or one.run["optim"]).replace("_", "-"))


def _rule(page: Page) -> str:
    """What the words of the tables mean, by the claims' thresholds."""
    rule = page.settings
    return (
        f"Flat is what lies around the trained net at most {rule.epsilon:g} points of training mistakes above it. "
        f"A plane looks like a *lowland* where at least {percent(rule.lowland)} of it is flat, like a *spike* "
        f"where at most {percent(rule.spike)} is, and has a *plateau* where at least "
        f"{percent(rule.plateau_share)} of it, in one piece, is within {rule.plateau:g} % of chance. The "
        "steepest rise is in points per unit of the norm of the weights' change, along an axis; the far field is "
        "the median on the plane's rim. ≥ marks an area that the edge cuts off, ≈ one of less than a cell, read "
        "between the points of the grid: rough, often too small."
    )


def _setup(page: Page, found: Sequence[Measured]) -> Iterator[str]:
    """A set-up's planes: a heading, a sentence, a row a plane and a picture a run."""
    place, words = page.place(found[0].run), plain(runs.setup_label(found[0].run))
    yield f"### {FIGURES.get(place or '', 'Not in the paper')}: {_called(page, found[0])}, {words}"
    nets = page.nets(dict.fromkeys(one.surface.run for one in found))
    of_net = {run: [one for one in found if one.surface.run == run] for run in nets}
    looks = [look for one in found for look in _looks(page, one)]
    sharpest = [
        f"{plain(min(mine, key=_share).surface.name)} of {nets[run]}"
        for run, mine in of_net.items()
    ]
    many = (
        f" Of more than {PAIRS} planes of a net the sharpest have a row."
        if len(found) > PAIRS * len(nets)
        else ""
    )
    yield (
        f"Of {plural(len(found), 'plane')} {listed(f'{looks.count(key)} {said}' for key, said in LOOKS.items())}; "
        f"the sharpest is {listed(sharpest)}.{many}"
    )
    rows = [_row(page, nets[run], one) for run, mine in of_net.items() for one in _shown(mine)]
    yield from folded("Flat area, steepness and far field of every plane", table(HEADS, rows))
    for run, net in nets.items():
        yield from page.pictures.shown(
            f"surface-{run}-{RAW}", f"Mistake rate over the planes of {net}, {words}"
        )


def _share(one: Measured) -> float:
    return one.flat.share


def _shown(found: Sequence[Measured]) -> Sequence[Measured]:
    return found if len(found) <= PAIRS else sorted(found, key=_share)[:PAIRS]


def _row(page: Page, net: str, one: Measured) -> tuple[str | None, ...]:
    flat, bound = one.flat, _bound(one)
    return (
        net,
        plain(one.surface.name),
        f"{bound}{short(100 * flat.share)}",
        f"{bound}{short(flat.theta_area)}",
        short(flat.slope),
        number(flat.plateau, 0),
        ", ".join(_looks(page, one)) or None,
    )


def _bound(one: Measured) -> str:
    return "≥ " if one.flat.cut_off else ROUGH if one.flat.unresolved else ""


def _looks(page: Page, one: Measured) -> list[str]:
    """What a plane looks like, by the claims' thresholds."""
    rule, rates = page.settings, surfaces.mistake_rate(one.surface)
    level = flatness.level_share(rates, one.surface.chance, rule.plateau)
    held = {
        "lowland": one.flat.share >= rule.lowland,
        "spike": one.flat.share <= rule.spike,
        "plateau": level >= rule.plateau_share,
    }
    return [look for look in LOOKS if held[look]]


def equal_steps(page: Page) -> list[str]:
    """Flat areas of a net's set-ups side by side at every scale: is the lowland more than a short step?"""
    rivals = [
        mine
        for mine in setup_comparison.alike(page.measured)
        if len({one.run["optim"] for one in mine}) > 1
    ]
    if all(mine[0].surface.scale == RAW for mine in rivals):
        return []
    first = {one.run["optim"]: one.run for mine in rivals for one in mine}
    setups = sorted(first, key=lambda setup: -float(first[setup]["setup"]["lr"]))
    words = [plain(runs.setup_label(first[setup])) for setup in setups]
    shown = [mine for mine in rivals if mine[0].surface.scale != RANDOM]
    rows = [
        row
        for scale in SCALES
        for row in _rows(page, [mine for mine in shown if mine[0].surface.scale == scale], setups)
    ]
    return [
        *_answer(page, rivals, words[0]),
        *folded(
            "Flat areas in θ², marked as above, and how many times the largest of the others' the first is",
            table(("scale", "net", "plane", *words, "times"), rows),
        ),
        *page.pictures.shown("lowland", "Flat areas by scale"),
        *page.pictures.linked(
            (f"flatness-{scale}", f"flat length at every angle, {scale}") for scale in SCALES
        ),
    ]


def _answer(page: Page, rivals: Sequence[Sequence[Measured]], words: str) -> Iterator[str]:
    """In how many planes the foremost set-up has the largest flat area, at the raw scale and at the others."""
    found = [one for mine in rivals for one in mine]
    setup, answers = setup_comparison.foremost(found)["optim"], setup_comparison.answers(found)
    random = " (random planes have no row)" * any(one.surface.scale == RANDOM for one in found)
    yield (
        f"Planes in which the flat area under {words} is the largest of its net's set-ups: "
        f"{answers['in units of theta']}{random}."
    )
    yield (
        f"Outside of `raw` all nets step alike. In weight space that area is the largest in "
        f"{answers['in weight space']}.{_still(page, [one for one in found if one.run['optim'] == setup], found)}"
    )


def _still(page: Page, own: Sequence[Measured], found: Sequence[Measured]) -> str:
    """Whether a set-up's lowlands are there at unit steps: the largest of all, and as large as the claims ask."""
    larger = setup_comparison.verdicts(found, lambda flat: flat.theta_area).get(STEP)
    if not larger:
        return ""
    raw, step = (
        [one.flat.share >= page.settings.lowland for one in own if one.surface.scale == scale]
        for scale in (RAW, STEP)
    )
    return (
        f" **Is the lowland still there at equal step length?** At unit steps its flat area is the largest in "
        f"{setup_comparison.counted(larger)} planes, and at least {percent(page.settings.lowland)} of the plane in "
        f"{sum(step)} of {len(step)}; at the raw scale it is that large in {sum(raw)} of {len(raw)}. How much of a "
        "plane is flat depends on its edge, which the paper sets at the raw scale and the study at the others."
    )


def _rows(
    page: Page, found: Sequence[Sequence[Measured]], setups: Sequence[str]
) -> Iterator[tuple[str | None, ...]]:
    """A row a net and plane at one scale, of many planes those whose flat areas are the smallest."""
    many = len(found) > 2 * PAIRS
    for mine in (
        sorted(found, key=lambda mine: min(map(_share, mine)))[: 2 * PAIRS] if many else found
    ):
        of = {one.run["optim"]: one for one in mine}
        cells = [
            f"{_bound(of[setup])}{short(of[setup].flat.theta_area)}" if setup in of else None
            for setup in setups
        ]
        others = [of[setup].flat for setup in setups[1:] if setup in of]
        times = _times(of[setups[0]].flat, others) if setups[0] in of else None
        surface = mine[0].surface
        yield surface.scale, plain(runs.net_label(mine[0].run)), plain(surface.name), *cells, times


def _times(own: Flatness, others: Sequence[Flatness]) -> str:
    """How many times the largest of the others' flat areas one is, marked where it rests on one that is not known."""
    largest, cut_off = (
        max(others, key=lambda flat: flat.theta_area),
        any(flat.cut_off for flat in others),
    )
    rough = own.unresolved or largest.unresolved or (own.cut_off and cut_off)
    mark = ROUGH if rough else "≥ " if own.cut_off else "≤ " if cut_off else ""
    return f"{mark}{short(own.theta_area / largest.theta_area)}"
