"""Fig. 2 to 4 in the paper's layout: a relief for each plane, a row for each net.

Where no two nets have planes under one training configuration, a row is a configuration of a net.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from interference.reporting.figures import labels, layout, numbers, page, planes, selection, theme
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.surface import HEIGHT_LABEL, PIN, draw_relief
from interference.study import runs
from interference.thresholds import EPSILON
from interference.vocabulary import RANDOM, SCALES

COLUMNS = 3  # the most planes of a row, as in the paper
CELL = (2.45, 2.45)  # inches: a relief with its texts
LOW_CELL = (1.52, 1.4)  # the same on a narrow page
SIDE = 1.4  # inches: a side of a relief's floor
SMALL_SIDE = 0.84  # the same on a narrow page
LEFT_OF_MIDDLE = 0.08  # inches from the middle of a cell to that of its relief's floor
SIDE_OF_BAR = 0.75  # inches to the right of the reliefs, for the colour bar
LONGEST_BAR = 2  # inches
FOOT = 0.4  # of the height of a cell: where the centre of the floor lies

Run = Mapping[str, Any]
Rows = dict[str, list[Plane]]  # the planes of each row by its name


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each training configuration under which two nets have planes.

    If there is none, draw one for each net with planes under two configurations. The scale is the
    first of `SCALES` that there is; the raw one, which is the paper's, comes first.

    Args:
        groups: The planes of each run and scale by their name.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Yields:
        The name `planes-SETUP` or `planes-NET` and its figure.
    """
    of_scale = _first_scale(groups)
    by_setup = _tables_of_rows(of_scale, lambda run: str(run["optim"]), runs.net_label)
    by_net = _tables_of_rows(of_scale, lambda run: str(run["net"]), runs.setup_label)
    for name, rows in (by_setup or by_net).items():
        yield f"planes-{name}", reliefs(rows, epsilon, are_nets=bool(by_setup))


def _first_scale(groups: Mapping[str, list[Plane]]) -> list[list[Plane]]:
    """Return the planes of each run at the first scale that any run has, without random ones."""
    for scale in SCALES:
        of_scale = [group for group in groups.values() if group[0].surface.scale == scale]
        if of_scale and scale != RANDOM:
            return of_scale
    return []


def _tables_of_rows(
    of_scale: Sequence[list[Plane]],
    figure_of: Callable[[Run], str],
    row_of: Callable[[Run], str],
) -> dict[str, Rows]:
    """Return the rows of each figure that has at least two, with the pairs that all of them have.

    Args:
        of_scale: The planes of each run. The first run of a row counts.
        figure_of: The name of a run's figure.
        row_of: The name of a run's row.
    """
    figures: dict[str, Rows] = {}
    for group in of_scale:
        run = group[0].table.run
        figures.setdefault(figure_of(run), {}).setdefault(row_of(run), group)
    shared = {name: _with_shared_pairs(rows) for name, rows in figures.items()}
    return {name: rows for name, rows in shared.items() if len(rows) > 1}


def _with_shared_pairs(rows: Rows) -> Rows:
    """Keep the planes of the pairs that every row has; no rows if there is no such pair."""
    pairs_of_rows = [{plane.surface.pair for plane in group} for group in rows.values()]
    shared = set.intersection(*pairs_of_rows)
    if not shared:
        return {}
    first = next(iter(rows.values()))
    pairs = [plane.surface.pair for plane in first if plane.surface.pair in shared]
    ordered: Rows = {}
    for name, group in rows.items():
        plane_of = {plane.surface.pair: plane for plane in group}
        ordered[name] = [plane_of[pair] for pair in pairs]
    return ordered


@theme.styled()
def reliefs(rows: Rows, epsilon: float = EPSILON, are_nets: bool = True) -> Figure:
    """Draw planes as reliefs in one range of heights, a row for each net or configuration.

    A narrow page has a row for each pair of classes, so that nets stand side by side.

    Args:
        rows: The planes of each row by its name, of the same pairs.
        epsilon: How far the error rate may rise in the flat area, in percentage points.
        are_nets: Whether the rows are nets of one training configuration; otherwise they are
            training configurations of one net.

    Returns:
        The figure, in percent.
    """
    first = next(iter(rows.values()))
    shown = {name: group[:COLUMNS] for name, group in rows.items()}
    is_narrow = page.current().is_narrow
    lines = _lines(shown, is_narrow)
    cell = LOW_CELL if is_narrow else CELL
    margins = Margins(left=0.08, right=SIDE_OF_BAR, above=0.35, below=0.02)
    columns = layout.columns_on_page(len(lines[0]), LOW_CELL[0] - 0.03, 0, margins, has_bar=True)
    wrapped = _wrap(lines, columns)
    run = first[0].table.run
    subject = f"nets under {runs.setup_label(run)}" if are_nets else runs.net_label(run)
    figure, panels = layout.sheet(
        f"Error rate around {subject} ({planes.scale(first[0].table)})",
        runs.source(
            [group[0].table.run for group in rows.values()],
            f"{first[0].table.meta['images']} {first[0].table.meta['split']} images",
            planes.flat(epsilon),
            "one range of heights; theta has a range of its own in each plane",
            "arrows: descend the class",
            PIN,
            *selection.note(len(next(iter(shown.values()))), len(first), "planes of each row"),
        ),
        rows=len(wrapped),
        columns=columns,
        panel=cell,
        gap=(0, 0.3),
        margins=margins,
        has_bar=True,
    )
    all_planes = [plane for group in shown.values() for plane in group]
    bands = planes.bands([plane.mistakes for plane in all_planes], first[0].surface.chance)
    figure.tables.extend(numbers.surface_names(plane.table for plane in all_planes))
    canvas = layout.add_canvas(figure)
    for axes in panels.flat:
        axes.axis("off")
    for row, line in enumerate(wrapped):
        for column, (name, plane) in enumerate(line):
            axes = panels[row, column]
            box = layout.box_of(axes)
            percent = labels.format_percentage(100 * plane.flat_share(epsilon))
            title = f"{name}\n{plane.surface.name}, flat: {percent} %"
            layout.set_title(axes, title, 7.5 if not is_narrow else 6.5)
            foot = (box.left + box.width / 2 - LEFT_OF_MIDDLE, box.bottom + FOOT * box.height)
            side = SMALL_SIDE if is_narrow else SIDE * min(1, box.width / CELL[0])
            draw_relief(canvas, foot, side, plane, bands)
    bar_height = min(cell[1], LONGEST_BAR)
    layout.colour_bar(panels[0, -1], planes.colours(bands), HEIGHT_LABEL, height=bar_height)
    return figure


def _lines(rows: Rows, is_narrow: bool) -> list[list[tuple[str, Plane]]]:
    """Return the lines of reliefs with the names of their rows; a narrow page has a line a pair."""
    lines = [[(name, plane) for plane in group] for name, group in rows.items()]
    if is_narrow:
        return [list(line) for line in zip(*lines, strict=True)]
    return lines


def _wrap(lines: Sequence[list[tuple[str, Plane]]], columns: int) -> list[list[tuple[str, Plane]]]:
    """Return the same lines if they fit; otherwise all reliefs in order, line after line."""
    if len(lines[0]) <= columns:
        return list(lines)
    in_order = [cell for line in lines for cell in line]
    return [in_order[start : start + columns] for start in range(0, len(in_order), columns)]
