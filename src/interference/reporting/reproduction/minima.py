"""Writes the sections on minima: Fig. 2 to 4 at the paper's scale and at equal steps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from interference import surfaces
from interference.reporting.reproduction.markdown import (
    details,
    escape_markdown,
    number,
    percent,
    short_number,
    table,
)
from interference.reporting.reproduction.page import RAW, Page
from interference.reporting.text import listed, plural
from interference.study import runs
from interference.surfaces import flatness, setup_comparison
from interference.surfaces.flatness import Flatness
from interference.surfaces.setup_comparison import Measured
from interference.vocabulary import RANDOM, SCALES

FIGURES = {  # the figure that shows each of the paper's set-ups
    "big_lr": "Fig. 2",
    "small_lr": "Fig. 3",
    "anneal_lr": "Fig. 4",
}
PAIRS = 6  # planes of a net that have a row: the sharpest ones
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
ROUGH = "≈ "  # marks a number that rests on an area of less than one cell of the grid
AT_LEAST = "≥ "
AT_MOST = "≤ "
LOOKS = ("lowland", "spike", "plateau")

Cells = tuple[str | None, ...]


# Fig. 2 to 4


def planes(page: Page) -> list[str]:
    """Write the section on Fig. 2 to 4: how flat the planes are under each set-up.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without planes at the raw scale.
    """
    measured = [plane for plane in page.measured if plane.surface.scale == RAW]
    groups = _by_setup(page, measured)
    if not groups:
        return []
    blocks = [_lowlands(page, groups), *_how_to_read(page), *_missing_figures(page, groups)]
    for group in groups:
        blocks.extend(_setup_section(page, group))
    return blocks


def _by_setup(page: Page, measured: Iterable[Measured]) -> list[list[Measured]]:
    """The planes of each set-up; the paper's set-ups come first, in the order of its figures."""
    groups: dict[str, list[Measured]] = {}
    for plane in measured:
        groups.setdefault(plane.run["optim"], []).append(plane)
    figures = list(FIGURES)

    def position(group: list[Measured]) -> int:
        place = page.place(group[0].run)
        return figures.index(place) if place in FIGURES else len(figures)

    return sorted(groups.values(), key=position)


def _lowlands(page: Page, groups: Sequence[Sequence[Measured]]) -> str:
    """In how many planes of each set-up the trained net lies in a lowland."""
    parts = []
    for group in groups:
        lowlands = sum("lowland" in _looks(page, plane) for plane in group)
        setup = _setup_name(page, group[0].run)
        parts.append(f"{lowlands} of {plural(len(group), 'plane')} under {setup}")
    return f"The trained net lies in a flat lowland in {listed(parts)}."


def _setup_name(page: Page, run: Mapping[str, Any]) -> str:
    """The paper's name for a run's set-up, or its own name."""
    name = page.place(run) or run["optim"]
    return escape_markdown(name.replace("_", "-"))


def _how_to_read(page: Page) -> list[str]:
    """The meaning of the tables' columns, by the claims' thresholds."""
    settings = page.settings
    unit = "point" if settings.plateau == 1 else "points"
    rules = [
        "A *plane* shows the training error rate of the net when its weights move along the "
        "gradients of two classes, by θ₁ and θ₂.",
        "The *flat area* is the region around the trained net in which the training error rate "
        f"is at most {settings.epsilon:g} points above the trained net's.",
        f"A plane looks like a *lowland* if at least {percent(settings.lowland)} of it is flat, "
        f"and like a *spike* if at most {percent(settings.spike)} is. It has a *plateau* if the "
        f"error rate stays within {settings.plateau:g} {unit} of chance over one region of at "
        f"least {percent(settings.plateau_share)} of the plane.",
        "The *steepest rise* is the largest slope along an axis, in points per unit of the norm "
        "of the weight change. The *far field* is the median error rate on the plane's rim.",
        f"{AT_LEAST}marks a flat area that the plane's edge cuts off. {ROUGH}marks one that is "
        "smaller than a cell of the grid: it is interpolated between grid points, so it is rough "
        "and often too small.",
    ]
    return ["How to read the tables:", "\n".join(f"- {rule}" for rule in rules)]


def _missing_figures(page: Page, groups: Sequence[Sequence[Measured]]) -> list[str]:
    """The figures whose set-up has no plane, and how to get them."""
    present = {page.place(group[0].run) for group in groups}
    missing = []
    for setup, figure in FIGURES.items():
        if setup not in present:
            missing.append(f"{figure} ({setup.replace('_', '-')})")
    if not missing:
        return []
    return [
        f"**Not measured**: {listed(missing)}. The stage `sweep` makes the planes of the runs "
        "that `sweep.runs` names; add a run under the set-up that is missing."
    ]


def _setup_section(page: Page, group: Sequence[Measured]) -> Iterator[str]:
    """The planes of one set-up: a heading, a summary, a table of the planes and a figure a run."""
    run = group[0].run
    figure = FIGURES.get(page.place(run) or "", "Not in the paper")
    setup = escape_markdown(runs.setup_label(run))
    yield f"### {figure}: {_setup_name(page, run)}, {setup}"
    nets = page.nets(dict.fromkeys(plane.surface.run for plane in group))
    by_run = {name: [plane for plane in group if plane.surface.run == name] for name in nets}
    yield _setup_summary(page, group, by_run, nets)
    rows: list[Cells] = []
    for name, of_run in by_run.items():
        rows.extend(_plane_row(page, nets[name], plane) for plane in _sharpest(of_run))
    yield from details("Flat area, steepness and far field of every plane", table(HEADS, rows))
    for name, net in nets.items():
        description = f"Error rate over the planes of {net}, {setup}"
        yield from page.pictures.image(f"surface-{name}-{RAW}", description)
        close = f"Error rate over narrower planes of {net}, {setup}"
        yield from page.pictures.image(f"surface-{name}-{RAW}-zoom", close)


def _setup_summary(
    page: Page,
    group: Sequence[Measured],
    by_run: Mapping[str, Sequence[Measured]],
    nets: Mapping[str, str],
) -> str:
    """How many planes of a set-up have each look, and each net's sharpest plane."""
    looks: list[str] = []
    for plane in group:
        looks.extend(_looks(page, plane))
    numbers = listed(plural(looks.count(look), look) for look in LOOKS)
    sharpest = []
    for name, of_run in by_run.items():
        plane = min(of_run, key=_flat_share)
        sharpest.append(f"{escape_markdown(plane.surface.name)} for {nets[name]}")
    summary = f"{plural(len(group), 'plane')}: {numbers}. The sharpest plane is {listed(sharpest)}."
    if len(group) > PAIRS * len(nets):
        summary += f" A net with more than {PAIRS} planes has rows for its {PAIRS} sharpest only."
    return summary


def _flat_share(plane: Measured) -> float:
    return plane.flat.share


def _sharpest(group: Sequence[Measured]) -> Sequence[Measured]:
    """All planes if they are few, else the sharpest ones."""
    return group if len(group) <= PAIRS else sorted(group, key=_flat_share)[:PAIRS]


def _plane_row(page: Page, net: str, plane: Measured) -> Cells:
    flat = plane.flat
    mark = _mark(flat)
    return (
        net,
        escape_markdown(plane.surface.name),
        f"{mark}{short_number(100 * flat.share)}",
        f"{mark}{short_number(flat.theta_area)}",
        short_number(flat.slope),
        number(flat.plateau, 0),
        ", ".join(_looks(page, plane)) or None,
    )


def _mark(flat: Flatness) -> str:
    """The mark of a flat area that is a lower bound or rough."""
    if flat.cut_off:
        return AT_LEAST
    return ROUGH if flat.unresolved else ""


def _looks(page: Page, plane: Measured) -> list[str]:
    """The looks of a plane, by the claims' thresholds."""
    settings = page.settings
    rates = surfaces.mistake_rate(plane.surface)
    level = flatness.level_share(rates, plane.surface.chance, settings.plateau)
    applies = {
        "lowland": plane.flat.share >= settings.lowland,
        "spike": plane.flat.share <= settings.spike,
        "plateau": level >= settings.plateau_share,
    }
    return [look for look in LOOKS if applies[look]]


# Fig. 2 to 4 at equal steps


def equal_steps(page: Page) -> list[str]:
    """Write the section that compares the flat areas of a net's set-ups at every scale.

    It answers whether a lowland is more than the effect of a short step.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none unless two set-ups have planes at a
        scale other than the paper's.
    """
    groups = []
    for group in setup_comparison.group_comparable(page.measured):
        if len({plane.run["optim"] for plane in group}) > 1:
            groups.append(group)
    if all(group[0].surface.scale == RAW for group in groups):
        return []
    labels = _setup_labels(groups)
    rows: list[Cells] = []
    for scale in SCALES:
        if scale != RANDOM:
            of_scale = [group for group in groups if group[0].surface.scale == scale]
            rows.extend(_comparison_rows(of_scale, list(labels)))
    first, *_ = labels.values()
    heads = ("scale", "net", "plane", *labels.values(), "ratio")
    links = [(f"flatness-{scale}", f"flat length at every angle, {scale}") for scale in SCALES]
    return [
        *_largest_areas(page, groups, first),
        *details(
            f"Flat areas in θ², and the ratio of the area under {first} to the largest of the "
            "others (≥ and ≤ mark bounds, ≈ rough numbers)",
            table(heads, rows),
        ),
        *page.pictures.image("lowland", "Flat areas by scale"),
        *page.pictures.links(links),
    ]


def _setup_labels(groups: Sequence[Sequence[Measured]]) -> dict[str, str]:
    """The label of each set-up, the largest learning rate first."""
    first_runs: dict[str, Mapping[str, Any]] = {}
    for group in groups:
        for plane in group:
            first_runs.setdefault(plane.run["optim"], plane.run)

    def negative_rate(setup: str) -> float:
        return -float(first_runs[setup]["setup"]["lr"])

    setups = sorted(first_runs, key=negative_rate)
    return {setup: escape_markdown(runs.setup_label(first_runs[setup])) for setup in setups}


def _largest_areas(page: Page, groups: Sequence[Sequence[Measured]], label: str) -> Iterator[str]:
    """In how many planes the set-up with the largest learning rate has the largest flat area."""
    measured = [plane for group in groups for plane in group]
    setup = setup_comparison.run_with_largest_rate(measured)["optim"]
    answers = setup_comparison.count_largest(measured)
    has_random = any(plane.surface.scale == RANDOM for plane in measured)
    remark = " (the section's table leaves out random planes)" if has_random else ""
    yield (
        f"Planes in which the flat area under {label} is larger than under the net's other "
        f"set-ups: {answers['in units of theta']}{remark}."
    )
    own = [plane for plane in measured if plane.run["optim"] == setup]
    yield (
        "At every scale except `raw`, all nets take steps of comparable length. Measured in "
        "weight space instead of units of θ, that area is the largest in "
        f"{answers['in weight space']}.{_at_unit_steps(page, own, measured)}"
    )


def _at_unit_steps(page: Page, own: Sequence[Measured], measured: Sequence[Measured]) -> str:
    """Whether a set-up's lowlands remain at unit steps.

    Args:
        page: The page.
        own: The set-up's planes.
        measured: The planes of all set-ups.
    """
    verdicts = setup_comparison.verdicts(measured, lambda flat: flat.theta_area).get(STEP)
    if not verdicts:
        return ""
    largest = setup_comparison.count_true(verdicts)
    threshold = page.settings.lowland
    raw = [plane.flat.share >= threshold for plane in own if plane.surface.scale == RAW]
    step = [plane.flat.share >= threshold for plane in own if plane.surface.scale == STEP]
    return (
        " **Is the lowland still there at equal step length?** At unit steps (`step`) its flat "
        f"area is the largest in {largest} planes, and covers at least "
        f"{percent(threshold)} of the plane in {sum(step)} of {len(step)}; at the raw scale it "
        f"covers that much in {sum(raw)} of {len(raw)}. That fraction depends on the plane's "
        "edge, which the paper sets at the raw scale and this study at the other scales."
    )


def _comparison_rows(
    groups: Sequence[Sequence[Measured]], setups: Sequence[str]
) -> Iterator[Cells]:
    """The flat areas of each net and plane at one scale, by set-up; at most the sharpest 12.

    Args:
        groups: The planes of one net, seed and pair under each set-up.
        setups: The set-ups that have a column.
    """

    def smallest_share(group: Sequence[Measured]) -> float:
        return min(map(_flat_share, group))

    if len(groups) > 2 * PAIRS:
        groups = sorted(groups, key=smallest_share)[: 2 * PAIRS]
    for group in groups:
        flats = {plane.run["optim"]: plane.flat for plane in group}
        areas = [_area(flats.get(setup)) for setup in setups]
        first, *rest = setups
        others = [flats[setup] for setup in rest if setup in flats]
        ratio = _area_ratio(flats[first], others) if first in flats else None
        surface = group[0].surface
        net = escape_markdown(runs.net_label(group[0].run))
        yield surface.scale, net, escape_markdown(surface.name), *areas, ratio


def _area(flat: Flatness | None) -> str | None:
    """A flat area in units of theta squared, with its mark."""
    return None if flat is None else f"{_mark(flat)}{short_number(flat.theta_area)}"


def _area_ratio(own: Flatness, others: Sequence[Flatness]) -> str:
    """The ratio of a flat area to the largest of the others, marked if it is a bound or rough."""
    largest = max(others, key=lambda flat: flat.theta_area)
    other_cut_off = any(flat.cut_off for flat in others)
    if own.unresolved or largest.unresolved or (own.cut_off and other_cut_off):
        mark = ROUGH
    elif own.cut_off:
        mark = AT_LEAST
    else:
        mark = AT_MOST if other_cut_off else ""
    return f"{mark}{short_number(own.theta_area / largest.theta_area)}"
