"""Writes our own section on scores: which of them tells what classes interfere on the test set."""

from interference import confusion
from interference.confusion import by_epoch
from interference.confusion.league import Standing, league
from interference.reporting.reproduction.markdown import details, interval, number, table
from interference.reporting.reproduction.page import Page
from interference.surfaces import scores


def league_section(page: Page) -> list[str]:
    """Write the section: all scores of the main run, ranked.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none if the run has fewer than two scores.
    """
    standings = _standings(page)
    if len(standings) < 2:
        return []
    best, *others = standings
    behind = [standing for standing in others if standing.is_behind]
    rows = [_row(standing) for standing in standings]
    heads = ("score", "correlation", "95 % interval", "p", "less the best", "95 % interval")
    return [
        f"In {page.names[page.main_run]}, {best.name} ranks first, with a rank correlation "
        f"(Spearman) of {number(best.prediction.rho, 2)} with interference on the test set; "
        f"{len(behind)} of the other {len(others)} scores are worse beyond chance.",
        "A score is a number for each pair of classes. Scores are compared by the absolute value "
        "of their correlation. Intervals leave out one class at a time, and p comes from "
        "relabelling the classes.",
        *details(f"All scores of {page.names[page.main_run]}", table(heads, rows)),
        *page.pictures.image("league", "Scores that tell what classes interfere"),
    ]


def _standings(page: Page) -> list[Standing]:
    """The ranked scores of the main run; none if it was not tested."""
    run = page.main_run
    tested = page.study.of_runs("cctm").get(run)
    if tested is None:
        return []
    swept = [own for own in page.study.surfaces.values() if own.run["name"] == run]
    counts = page.study.of_runs("counts").get(run)
    gram = page.study.of_runs("grams").get(run)
    interference = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(tested)))
    return league(scores.of_run(tested, counts, gram, swept), interference)


def _row(standing: Standing) -> tuple[str | None, ...]:
    own = standing.prediction
    behind = None
    limits = None
    if standing.behind:
        behind = number(standing.behind, 2, sign=True)
        limits = interval(standing.low, standing.high)
    return (
        standing.name,
        number(own.rho, 2),
        interval(own.low, own.high),
        number(own.p, 3),
        behind,
        limits,
    )
