"""Claims about flat areas beyond the paper's figures: equal steps, random planes, accuracy."""

import numpy as np
from scipy import stats

from interference.claims import bounds, rules
from interference.claims.findings import correct
from interference.claims.lookup import (
    PLANES,
    net_plane,
    net_table,
    planes_at,
    setup_tables,
)
from interference.claims.registry import Evidence, claim
from interference.claims.rules import (
    Bounds,
    Finding,
    NotMeasured,
    Undecided,
    is_less,
)
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.params import PAPER_SETUPS
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM

STEP = "step"  # the scale at which all directions have equal length
LEAST_RUNS = 6  # runs: with five, even a perfect order has a p-value of 2 / 120 at best


@claim(
    "cat-dog-sharp-fair",
    "under big-lr, CAT-DOG is the sharpest of the three planes at equal step lengths, too (not in "
    "the paper)",
    "Section 3, at another scale",
    exhibit="equal steps",
)
def _cat_dog_sharp_fair(evidence: Evidence) -> Finding:
    planes = {pair: net_plane(evidence, "big_lr", pair, scale=STEP) for pair in PLANES}
    return bounds.sharpest(evidence, planes)


@claim(
    "random-sharp",
    "a random plane is as sharp as a plane of class gradients: a random direction is likely fine",
    "Section 3: most directions render sharpness",
    exhibit="equal steps",
)
def _random_sharp(evidence: Evidence) -> Finding:
    run = net_table(evidence, "surfaces", "anneal_lr").run["name"]
    drawn = planes_at(evidence, run, RANDOM)
    if not drawn:
        raise NotMeasured(f"{run}: no random plane")
    egos = [net_plane(evidence, "anneal_lr", pair) for pair in PLANES]
    random_areas = [_flat_area(evidence, surface) for surface in drawn]
    ego_areas = [_flat_area(evidence, surface) for surface in egos]
    smallest = min(random_areas, key=lambda area: area.low)
    largest = max(ego_areas, key=lambda area: area.high)
    ratio = smallest.figure / largest.figure if largest.figure else np.inf
    is_flatter = is_less(largest, smallest)
    return Finding(
        held=None if is_flatter is None else not is_flatter,
        measured=(
            f"flat area in weight space: at least {smallest.figure:.3g} in {len(drawn)} random "
            f"planes, at most {largest.figure:.3g} in {len(egos)} planes of class gradients, "
            f"{ratio:.3g} times"
        ),
        figure=ratio,
    )


def _flat_area(evidence: Evidence, surface: Surface) -> Bounds:
    """The flat area of a plane in weight space."""
    area = surface.area * flatness.unit_square(surface)
    return bounds.flat_fraction(evidence, surface).times(area)


@claim(
    "flat-generalises",
    "the larger its flat area, the better a net generalises",
    "Section 3: a better way of discussing generalization is the area of flatness",
    exhibit="equal steps",
)
def _flat_generalises(evidence: Evidence) -> Finding:
    areas: dict[str, float] = {}
    accuracies: dict[str, float] = {}
    lengths: set[int] = set()
    unresolved = 0
    for setup in PAPER_SETUPS:
        for table in _tested(evidence, setup):
            name = table.run["name"]
            planes = planes_at(evidence, name, STEP)
            if not planes:
                continue
            lengths.add(table.run["setup"]["epochs"])
            fractions = [bounds.flat_fraction(evidence, surface) for surface in planes]
            if any(fraction.remark for fraction in fractions):
                unresolved += 1
                continue
            theta_areas = [
                surface.area * fraction.figure
                for surface, fraction in zip(planes, fractions, strict=True)
            ]
            areas[name] = float(np.mean(theta_areas))
            accuracies[name] = 100 * correct(by_epoch.test_counts(table)).rate
    runs = len(areas) + unresolved
    if runs < 2:
        raise NotMeasured("surfaces: no run, or one alone, with planes of equal steps")
    if len(lengths) > 1:
        listed = ", ".join(str(length) for length in sorted(lengths))
        raise Undecided(f"{runs} runs of {listed} epochs; runs of equal length are compared")
    if len(areas) < LEAST_RUNS:
        left_out = ""
        if unresolved:
            left_out = (
                f" of {runs}, the others with a flat area {bounds.UNRESOLVED_AREA} or "
                f"{bounds.CUT_OFF}"
            )
        raise Undecided(f"{len(areas)} runs{left_out}; at least {LEAST_RUNS} are needed")
    if min(np.ptp(list(areas.values())), np.ptp(list(accuracies.values()))) == 0:
        raise Undecided(f"{len(areas)} runs of equal flat areas or accuracies")
    result = stats.spearmanr(list(areas.values()), list(accuracies.values()))
    rho, p = float(result.statistic), float(result.pvalue)
    return Finding(
        held=rho > 0 if p < evidence.settings.p else None,
        measured=f"Spearman {rho:.2f} over {len(areas)} runs, {rules.p_text(p)}",
        figure=rho,
        p=p,
        sign=+1,
    )


def _tested(evidence: Evidence, setup: str) -> list[Table]:
    """The cctm tables of the runs under a set-up; none if the study has no such run."""
    try:
        return setup_tables(evidence, "cctm", setup)
    except NotMeasured:
        return []
