"""The flat length of every cut through the trained net, by the cut's angle."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from interference.reporting.figures import planes, style
from interference.reporting.figures.planes import Plane
from interference.study import runs
from interference.surfaces import flatness
from interference.thresholds import EPSILON
from interference.vocabulary import SCALES, Array

NAMED = 3  # planes of a run that have a colour and figures: those of the least flat area
DISC, WORDS = 1.75, 1.75  # inches: the width of half a disc, and of what stands beside it
MARKS = ("\N{BLACK CIRCLE}", "\N{WHITE CIRCLE}")  # of the sharpest and the flattest cut
SPOKES = (0, 45, 90, 135, 180)  # degrees


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """One figure a scale, a panel a run."""
    for scale in SCALES:
        mine = [group for group in groups.values() if group[0].surface.scale == scale]
        if mine:
            yield f"flatness-{scale}", flat_lengths(mine, epsilon)


@style.styled()
def flat_lengths(groups: list[list[Plane]], epsilon: float = EPSILON) -> Figure:
    """The flat length of every cut through w*, in units of theta, by its angle: half a disc a run, a line a plane.

    The sharpest cut (dot) and the flattest (ring) are marked and told in figures. All planes are at one scale.
    """
    tables = [group[0].table for group in groups]
    columns = min(len(groups), 2)
    words = max(
        WORDS, style.wide([plane.surface.name for group in groups for plane in group], 8) - 0.1
    )  # in bold
    figure, panels = style.sheet(
        f"How far the net may move at every angle ({planes.scale(tables[0])})",
        runs.source(
            [table.run for table in tables],
            planes.flat(epsilon),
            "dashed: the plane's edge",
            "dot: sharpest cut",
            "ring: flattest cut",
            "a cut's length in units of theta, in brackets as a norm in weight space",
        ),
        rows=-(-len(groups) // columns),
        columns=columns,
        panel=(DISC, DISC / 2),
        gap=(words + 0.25, 0.62),
        left=0.25,
        right=words,
        above=0.42,
        below=0.2,
    )
    lengths = [
        [
            flatness.flat_lengths(plane.surface, plane.mistakes, flatness.ANGLES, epsilon)
            for plane in group
        ]
        for group in groups
    ]
    edges = [table.meta["edge"] for table in tables]
    shown = style.kept(panels, len(groups))
    for panel, group, mine, edge, name in zip(
        shown, groups, lengths, edges, runs.names(tables), strict=True
    ):
        alike = [
            other for other, at in zip(lengths, edges, strict=True) if at == edge
        ]  # share a range
        panel.set_title(name, size=7.5, pad=13)
        _rings(panel, 1.12 * float(np.max([np.max(other) for other in alike])), edge)
        _half_disc(panel, group, mine, epsilon)
    return figure


def _half_disc(axes: Axes, group: list[Plane], lengths: list[Array], epsilon: float) -> None:
    """One run's planes: their flat lengths at every angle, and beside them those of the extreme cuts."""
    order = np.argsort(
        [flatness.flat_share(plane.mistakes, epsilon) for plane in group], kind="stable"
    )
    hues = {int(k): hue for k, hue in zip(sorted(order[:NAMED]), style.HUES, strict=False)}
    for length in (length for k, length in enumerate(lengths) if k not in hues):
        axes.plot(*_page(flatness.ANGLES, length), color=style.GREY, linewidth=0.5, alpha=0.6)
    for line, (k, hue) in enumerate(hues.items()):
        axes.plot(*_page(np.r_[flatness.ANGLES, 180], np.r_[lengths[k], lengths[k][0]]), color=hue)
        cuts = flatness.sharpest_and_flattest(lengths[k])
        for cut, face in zip(cuts, (hue, "white"), strict=True):
            axes.plot(*_page(*cut), "o", ms=4, color=hue, mfc=face, mew=1)
        _figures(axes, group[k], line, hue, cuts)
    if len(group) > len(hues):
        axes.text(
            1.19,
            -0.1,
            f"grey: {len(group) - len(hues)} other planes",
            transform=axes.transAxes,
            size=6,
            color=style.GREY,
        )


def _rings(axes: Axes, reach: float, edge: float) -> None:
    """The frame of half a disc: rings of equal length, spokes of equal angle, and where the plane's edge cuts off."""
    axes.axis("off")
    axes.set(xlim=(-reach, reach), ylim=(0, reach), aspect="equal")
    around = np.linspace(0, 180, 91)
    rings = [ring for ring in MaxNLocator(4).tick_values(0, reach)[1:] if ring < reach]
    for ring in rings:
        axes.plot(*_page(around, ring), color=style.PALE, linewidth=0.6, zorder=1, clip_on=False)
    for ring in rings[::-2]:
        axes.text(
            ring, -0.03 * reach, style.number(ring), size=6, ha="center", va="top", color=style.GREY
        )
    for angle in SPOKES:
        x, y = map(float, _page(angle, reach))
        axes.plot(
            [0, x],
            [0, y],
            color=style.PALE if angle in (45, 90) else style.GREY,
            linewidth=0.6,
            zorder=1,
            linestyle=":" if angle == 135 else "-",
            clip_on=False,
        )
        axes.text(
            1.03 * x,
            1.03 * y,
            f"{angle}°",
            size=6,
            color=style.INK if angle == 135 else style.GREY,
            ha=("center", "left", "right")[int(np.sign(round(x / reach, 6)))],
            va="center" if y < 0.9 * reach else "bottom",
        )
    axes.plot(
        *np.multiply(2 * edge, [[-1, -1, 1, 1], [0, 1, 1, 0]]),
        color=style.GREY,
        linewidth=0.7,
        linestyle="--",
        zorder=1,
    )


def _page(angle: ArrayLike, length: ArrayLike) -> tuple[Array, Array]:
    """Where lengths at angles, in degrees, lie on a panel."""
    return np.multiply(length, np.cos(np.radians(angle))), np.multiply(
        length, np.sin(np.radians(angle))
    )


def _figures(
    axes: Axes, plane: Plane, line: int, hue: str, cuts: Sequence[tuple[float, float]]
) -> None:
    """The pair of one plane, and angle and length of its sharpest and its flattest cut, beside the half disc."""
    top = 1.06 - 0.37 * line
    axes.text(
        1.19,
        top,
        plane.surface.name,
        transform=axes.transAxes,
        size=6.8,
        va="top",
        color=hue,
        weight="bold",
    )
    norms = flatness.unit_steps(plane.surface, np.array([angle for angle, _ in cuts]))
    words = [
        f"{mark} {length:.2g} ({length * norm:.2g}) at {angle:g}°"
        for mark, (angle, length), norm in zip(MARKS, cuts, norms, strict=True)
    ]
    axes.text(
        1.19,
        top - 0.12,
        "\n".join(words),
        transform=axes.transAxes,
        size=6,
        va="top",
        linespacing=1.15,
    )
