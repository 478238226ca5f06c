"""The flat length of every cut through the trained net, by the cut's angle."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, planes, theme
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.study import runs
from interference.surfaces import flatness
from interference.thresholds import EPSILON
from interference.vocabulary import SCALES, Array

COLOURED = 3  # planes of a run with a colour and numbers: those with the smallest flat area
DISC_WIDTH = 1.75  # inches: half a disc
TEXT_WIDTH = 1.75  # inches: the text beside it
TEXT_GAP = 0.33  # inches between them
PLANE_HEIGHT = 0.32  # inches: the text of a plane
CUTS_BELOW = 0.105  # inches from the name of a plane to its cuts
SHARPEST_MARK = "\N{BLACK CIRCLE}"
FLATTEST_MARK = "\N{WHITE CIRCLE}"
LAST_RING = 0.83  # of the radius: beyond it the length of a ring would touch the angle
ANGLE_STEP = 15  # degrees between the cuts whose lengths the SVG file carries
SPOKES = (0, 45, 90, 135, 180)  # degrees
DIAGONAL = 135  # degrees: one class is descended on while the other is ascended


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each scale, with a panel for each run.

    Args:
        groups: The planes of each run and scale by their name.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Yields:
        The name `flatness-SCALE` and its figure.
    """
    for scale in SCALES:
        of_scale = [group for group in groups.values() if group[0].surface.scale == scale]
        if of_scale:
            yield f"flatness-{scale}", flat_lengths(of_scale, epsilon)


@theme.styled()
def flat_lengths(groups: list[list[Plane]], epsilon: float = EPSILON) -> Figure:
    """Draw the flat length of every cut through the trained net by its angle.

    Each run has half a disc and each plane a curve in it. The sharpest cut (dot) and the flattest
    (ring) are marked, and their numbers stand beside the disc.

    Args:
        groups: The planes of each run, all at one scale.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Returns:
        The figure; lengths are in units of theta.
    """
    tables = [group[0].table for group in groups]
    columns = min(len(groups), 1 if page.current().is_narrow else 2)
    lengths = [_lengths_of(group, epsilon) for group in groups]
    edges = [table.meta["edge"] for table in tables]
    reaches = [_reach(_longest(lengths, tables, edge), edge) for edge in edges]
    has_edge = any(reach > 2 * edge for reach, edge in zip(reaches, edges, strict=True))
    pair_names = [plane.surface.name for group in groups for plane in group]
    text_width = max(TEXT_WIDTH, labels.text_width(pair_names, 8) - 0.1)  # the names are bold
    figure, panels = layout.sheet(
        f"How far the net may move at every angle ({planes.scale(tables[0])})",
        runs.source(
            [table.run for table in tables],
            planes.flat(epsilon),
            "dashed: the plane's edge" if has_edge else "the plane's edge is farther away",
            f"dotted: {DIAGONAL}°, where one class is descended on and the other ascended",
            "dot: sharpest cut",
            "ring: flattest cut",
            "a cut's length in units of theta, in brackets as a norm in weight space",
        ),
        rows=-(-len(groups) // columns),
        columns=columns,
        panel=(DISC_WIDTH, DISC_WIDTH / 2),
        gap=(text_width + 0.25, 0.62),
        margins=Margins(left=0.25, right=text_width, above=0.42, below=0.2),
        keeps_shape=True,
    )
    used_panels = layout.keep_panels(panels, len(groups))
    names = runs.names(tables)
    for place, axes in enumerate(used_panels):
        axes.set_title(names[place], size=7.5, pad=13)
        _draw_rings(axes, reaches[place], edges[place])
        _draw_half_disc(axes, groups[place], lengths[place], epsilon)
        for plane, length in zip(groups[place], lengths[place], strict=True):
            figure.numbers.extend(_numbers(plane, length))
    return figure


def _numbers(plane: Plane, lengths: Array) -> Iterator[dict[str, Any]]:
    """Yield the sharpest and the flattest cut of a plane, and cuts at steps of an angle.

    Args:
        plane: The plane.
        lengths: The flat lengths at every angle of `flatness.ANGLES`, in units of theta.
    """
    sharpest, flattest = flatness.sharpest_and_flattest(lengths)
    steps = zip(flatness.ANGLES[::ANGLE_STEP], lengths[::ANGLE_STEP], strict=True)
    cuts = [("sharpest", *sharpest), ("flattest", *flattest)]
    cuts += [("", float(angle), float(length)) for angle, length in steps]
    norms = flatness.unit_steps(plane.surface, np.array([angle for _, angle, _ in cuts]))
    for (cut, angle, length), norm in zip(cuts, norms.tolist(), strict=True):
        yield {
            "run": plane.table.run["name"],
            "plane": plane.surface.name,
            "cut": cut,
            "angle": angle,
            "length": length,
            "norm": length * norm,
        }


def _reach(longest: float, edge: float) -> float:
    """Return the radius of a disc: as far as the plane's edge if the longest cut comes near it.

    Args:
        longest: The longest cut.
        edge: The largest theta of the plane; a cut from edge to edge is twice as long.
    """
    return max(1.12 * longest, 2.1 * edge) if longest > edge else 1.12 * longest


def _lengths_of(group: Sequence[Plane], epsilon: float) -> list[Array]:
    """Return the flat lengths of each plane at every angle of `flatness.ANGLES`."""
    finest = [plane.finest(epsilon) for plane in group]
    return [
        flatness.flat_lengths(plane.surface, plane.mistakes, flatness.ANGLES, epsilon)
        for plane in finest
    ]


def _longest(lengths: Sequence[Sequence[Array]], tables: Sequence[Table], edge: float) -> float:
    """Return the longest cut of the runs whose planes have this edge; they share a range."""
    longest = [
        np.max([np.max(length) for length in of_run])
        for of_run, table in zip(lengths, tables, strict=True)
        if table.meta["edge"] == edge
    ]
    return float(np.max(longest))


def _draw_half_disc(
    axes: Axes, group: Sequence[Plane], lengths: Sequence[Array], epsilon: float
) -> None:
    """Draw the flat lengths of one run's planes and describe their extreme cuts."""
    shares = [plane.flat_share(epsilon) for plane in group]
    smallest = sorted(np.argsort(shares, kind="stable")[:COLOURED].tolist())
    for place, length in enumerate(lengths):
        if place not in smallest:
            x, y = _to_page(flatness.ANGLES, length)
            axes.plot(x, y, color=theme.GREY, linewidth=0.5, alpha=0.6)
    for line, (place, hue) in enumerate(zip(smallest, theme.HUES, strict=False)):
        length = lengths[place]
        closed = np.r_[length, length[0]]  # the cut at 180 degrees is the cut at 0
        axes.plot(*_to_page(np.r_[flatness.ANGLES, 180], closed), color=hue)
        cuts = flatness.sharpest_and_flattest(length)
        for cut, face in zip(cuts, (hue, "white"), strict=True):
            axes.plot(*_to_page(*cut), "o", ms=4, color=hue, mfc=face, mew=1)
        _describe_cuts(axes, group[place], line, hue, cuts)
    others = len(group) - len(smallest)
    if others:
        axes.text(
            _text_left(axes),
            -0.1,
            f"grey: {others} other planes",
            transform=axes.transAxes,
            size=6,
            color=theme.GREY,
        )


def _draw_rings(axes: Axes, reach: float, edge: float) -> None:
    """Draw the frame of half a disc: rings of equal length, spokes, and the plane's edge."""
    axes.axis("off")
    axes.set(xlim=(-reach, reach), ylim=(0, reach), aspect="equal")
    half_circle = np.linspace(0, 180, 91)
    rings = [ring for ring in MaxNLocator(4).tick_values(0, reach)[1:] if ring < reach]
    for ring in rings:
        x, y = _to_page(half_circle, ring)
        axes.plot(x, y, color=theme.PALE, linewidth=0.6, zorder=1, clip_on=False)
    labelled = [ring for ring in rings if ring < LAST_RING * reach]
    for ring in labelled[::-2]:
        text = labels.format_number(ring)
        axes.text(ring, -0.03 * reach, text, size=6, ha="center", va="top", color=theme.GREY)
    for angle in SPOKES:
        _draw_spoke(axes, angle, reach)
    axes.plot(
        *np.multiply(2 * edge, [[-1, -1, 1, 1], [0, 1, 1, 0]]),
        color=theme.INK,
        linewidth=0.9,
        linestyle=(0, (4, 2)),
        zorder=2,
    )


def _draw_spoke(axes: Axes, angle: int, reach: float) -> None:
    """Draw a line from the centre at an angle in degrees, with the angle at its end."""
    x, y = map(float, _to_page(angle, reach))
    axes.plot(
        [0, x],
        [0, y],
        color=theme.PALE if angle in (45, 90) else theme.GREY,
        linewidth=0.6,
        zorder=1,
        linestyle=":" if angle == DIAGONAL else "-",
        clip_on=False,
    )
    side = round(x / reach, 6)
    if side > 0:
        alignment = "left"
    elif side < 0:
        alignment = "right"
    else:
        alignment = "center"
    axes.text(
        1.03 * x,
        1.03 * y,
        f"{angle}°",
        size=6,
        color=theme.INK if angle == DIAGONAL else theme.GREY,
        ha=alignment,
        va="center" if y < 0.9 * reach else "bottom",
    )


def _to_page(angle: ArrayLike, length: ArrayLike) -> tuple[Array, Array]:
    """Convert angles in degrees and lengths to x and y."""
    radians = np.radians(angle)
    return np.multiply(length, np.cos(radians)), np.multiply(length, np.sin(radians))


def _text_left(axes: Axes) -> float:
    """Return where the text beside a disc begins, in widths of the panel."""
    return 1 + TEXT_GAP / layout.box_of(axes).width


def _describe_cuts(
    axes: Axes, plane: Plane, line: int, hue: str, cuts: Sequence[tuple[float, float]]
) -> None:
    """Write the pair of a plane, and angle and length of its extreme cuts, beside the disc.

    `cuts` are the sharpest and the flattest as (angle, length); `line` counts from above.
    """
    height = layout.box_of(axes).height
    top = 1 + (0.05 - PLANE_HEIGHT * line) / height
    axes.text(
        _text_left(axes),
        top,
        plane.surface.name,
        transform=axes.transAxes,
        size=6.8,
        va="top",
        color=hue,
        weight="bold",
    )
    norms = flatness.unit_steps(plane.surface, np.array([angle for angle, _ in cuts]))
    marks = (SHARPEST_MARK, FLATTEST_MARK)
    texts = [
        f"{mark} {length:.2g} ({length * norm:.2g}) at {angle:g}°"
        for mark, (angle, length), norm in zip(marks, cuts, norms, strict=True)
    ]
    axes.text(
        _text_left(axes),
        top - CUTS_BELOW / height,
        "\n".join(texts),
        transform=axes.transAxes,
        size=6,
        va="top",
        linespacing=1.15,
    )
