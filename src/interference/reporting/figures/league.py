"""Which scores tell who interferes on the test set: all scores of a run, ranked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion
from interference.confusion import by_epoch
from interference.confusion.league import Standing, league
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import runs
from interference.surfaces import scores

ROW_HEIGHT = 0.2  # inches
TALL_ROW = 0.38  # inches: a row with its name above it, on a narrow page
MOST_RUNS = 9  # runs with a panel: more would not fit a page
TICKS = (-1, -0.5, 0, 0.5, 1)


def draw(
    counts: Mapping[str, Table],
    cctm: Mapping[str, Table],
    grams: Mapping[str, Table],
    surfaces: Mapping[str, Table],
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure of all runs that have two scores at least.

    Args:
        counts: Tables of confusion counts by epoch.
        cctm: Tables of the final nets' confusion counts.
        grams: Tables of the dot products of the class gradients.
        surfaces: Tables of interference planes and ego models.

    Yields:
        The name `league` and its figure.
    """
    counts_of_run = {table.run["name"]: table for table in counts.values()}
    gram_of_run = {table.run["name"]: table for table in grams.values()}
    tables: list[Table] = []
    leagues: list[list[Standing]] = []
    for table in runs.ordered(cctm):
        name = table.run["name"]
        swept = [own for own in surfaces.values() if own.run["name"] == name]
        own_scores = scores.of_run(table, counts_of_run.get(name), gram_of_run.get(name), swept)
        interference = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(table)))
        standings = league(own_scores, interference)
        if len(standings) > 1:
            tables.append(table)
            leagues.append(standings)
    if tables:
        yield "league", scores_by_run(tables, leagues)


@theme.styled()
def scores_by_run(tables: Sequence[Table], leagues: Sequence[list[Standing]]) -> Figure:
    """Draw the rank correlation of each score with interference, a panel for each run.

    Args:
        tables: The confusion counts of each run.
        leagues: The ranked scores of each run.

    Returns:
        The figure.
    """
    shown = list(leagues[:MOST_RUNS])
    most = max(len(standings) for standings in shown)
    names = [standing.name for standings in shown for standing in standings]
    has_names_above = page.current().is_narrow
    names_width = 0.25 if has_names_above else labels.text_width(names, 7) + 0.15
    columns = [_columns(standings) for standings in shown]
    if has_names_above:
        columns = [of_run[:-1] for of_run in columns]
    columns_width = max(layout.columns_width(of_run) for of_run in columns)
    width = max(1.6, 6.9 - names_width - columns_width)
    below = 0.38 if page.current().has_title else 0.44  # the caption's margin has room otherwise
    figure, panels = layout.sheet(
        "Which scores tell what classes interfere on the test set?",
        runs.source(
            [table.run for table in tables[:MOST_RUNS]],
            *_legend(len(leagues)),
            *(["above at the right: |rho| less the best"] if has_names_above else []),
        ),
        rows=len(shown),
        panel=(width, (TALL_ROW if has_names_above else ROW_HEIGHT) * most),
        gap=(0, 0.62),
        margins=Margins(left=names_width, right=columns_width + 0.1, above=0.45, below=below),
        label_distances=(0.3, 0.34),
    )
    titles = runs.names(list(tables))
    for axes, standings, of_run, title in zip(panels[:, 0], shown, columns, titles, strict=False):
        _draw_league(axes, standings, of_run, most)
        if has_names_above:
            _write_names_above(axes, standings, columns_width)
        axes.set_title(title, size=7.5, pad=14, loc="left")
    measure = (
        "rank correlation" if has_names_above else "rank correlation over the pairs of classes"
    )
    panels[-1, 0].set_xlabel(f"Spearman's {measure}")
    for table, standings in zip(tables, shown, strict=False):
        figure.numbers.extend(_numbers(table, standing) for standing in standings)
    return figure


def _numbers(table: Table, standing: Standing) -> dict[str, Any]:
    """Return the numbers of a score."""
    return {
        "run": table.run["name"],
        "score": standing.name,
        "rho": standing.prediction.rho,
        "low": standing.prediction.low,
        "high": standing.prediction.high,
        "p": standing.prediction.p,
        "less_best": standing.behind,
        "less_best_low": standing.low,
        "less_best_high": standing.high,
    }


def _write_names_above(axes: Axes, standings: Sequence[Standing], columns_width: float) -> None:
    """Write the name of each score above its row, and its distance to the best at the right."""
    axes.tick_params(labelleft=False)
    right = 1 + columns_width / layout.box_of(axes).width
    places = axes.get_yaxis_transform()
    for row, standing in enumerate(standings):
        height = row - 0.22
        axes.text(0, height, standing.name, size=6.5, va="bottom", transform=places)
        axes.text(
            right,
            height,
            _behind(standing),
            size=6.2,
            ha="right",
            va="bottom",
            color=theme.GREY,
            transform=places,
        )


def _columns(standings: Sequence[Standing]) -> list[TextColumn]:
    """Return the columns of text beside a panel."""
    correlations = [_signed(standing.prediction.rho) for standing in standings]
    p_values = [f"{standing.prediction.p:.3f}" for standing in standings]
    return [
        ("rho", correlations),
        ("p", p_values),
        ("|rho| less the best", [_behind(standing) for standing in standings]),
    ]


def _behind(standing: Standing) -> str:
    """Return the distance to the best score with its interval, and a star beyond chance."""
    if not standing.behind:
        return "best"
    star = " *" if standing.is_behind else ""
    distance = _signed(standing.behind)
    return f"{distance} ({_signed(standing.low)} to {_signed(standing.high)}){star}"


def _signed(number: float) -> str:
    """Format a number with two decimals and a proper minus sign."""
    return f"{number:.2f}".replace("-", labels.MINUS)


def _draw_league(
    axes: Axes, standings: Sequence[Standing], columns: Sequence[TextColumn], most: int
) -> None:
    """Draw a dot and its interval for each score, the best above."""
    for row, standing in enumerate(standings):
        own = standing.prediction
        axes.plot([own.low, own.high], [row, row], color=theme.HUES[0], linewidth=1)
        axes.plot(own.rho, row, "o", ms=4, color=theme.HUES[0], clip_on=False)
    axes.axvline(0, color=theme.GREY, linewidth=0.6)
    axes.set(xlim=(-1, 1), xticks=TICKS, ylim=(most - 0.5, -0.5))
    axes.set_yticks(np.arange(len(standings)), [standing.name for standing in standings])
    axes.tick_params(axis="y", length=0)
    layout.add_grid(axes)
    layout.write_columns(axes, columns, range(len(standings)))


def _legend(number_of_runs: int) -> Iterator[str]:
    """Yield the meanings of the marks."""
    yield "interference: the symmetrised CCTM of the test images"
    yield "p: by relabelling the classes"
    yield "lines: 95 % intervals by leaving out a class at a time, as in brackets"
    yield "*: worse than the best beyond chance"
    if number_of_runs > MOST_RUNS:
        yield f"the first {MOST_RUNS} of {number_of_runs} runs"
