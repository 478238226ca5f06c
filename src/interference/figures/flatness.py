"""The flat length of every cut through the trained net, by the cut's angle."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from interference import flatness
from interference.confusion import Array
from interference.figures import planes, style
from interference.figures.planes import EPSILON, Plane

NAMED = 3  # planes of a run that have a colour and figures: those of the least flat area
DISC, WORDS = 1.75, 1.75  # inches: the width of half a disc, and of what stands beside it
SPOKES = (0, 45, 90, 135, 180)  # degrees


def draw(groups: Mapping[str, list[Plane]]) -> Iterator[tuple[str, Figure]]:
    """One figure a scale, a panel a run."""
    for scale in planes.SCALES:
        mine = [group for group in groups.values() if group[0].surface.scale == scale]
        if mine:
            yield f"flatness-{scale}", flat_lengths(mine)


@style.styled()
def flat_lengths(groups: list[list[Plane]]) -> Figure:
    """The flat length of every cut through w*, in units of theta, by its angle: half a disc a run, a line a plane.

    The sharpest cut (dot) and the flattest (ring) are marked and told in figures. All planes are at one scale.
    """
    tables = [group[0].table for group in groups]
    columns = min(len(groups), 2)
    figure, panels = style.sheet(
        f"How far the net may move at every angle: {planes.scale(tables[0])}",
        style.source([table.run for table in tables], f"flat: at most {EPSILON:g} points above the trained net",
                     "dashed: the plane's edge", "dot: sharpest cut", "ring: flattest cut",
                     "a cut's length in units of theta, in brackets as a norm in weight space"),
        rows=-(-len(groups) // columns), columns=columns, panel=(DISC, DISC / 2), gap=(WORDS + 0.25, 0.62), left=0.25,
        right=WORDS, above=0.42, below=0.2)
    for panel, group, name in zip(panels.flat, groups, style.names(tables), strict=False):
        panel.set_title(name, size=7.5, pad=13)
        _half_disc(panel, group)
    for spare in panels.flat[len(groups):]:
        spare.remove()
    return figure


def _half_disc(axes: Axes, group: list[Plane]) -> None:
    """One run's planes: their flat lengths, and beside them those of the extreme cuts."""
    lengths = [flatness.flat_lengths(plane.surface, plane.mistakes, flatness.ANGLES, EPSILON) for plane in group]
    order = np.argsort([flatness.flat_share(plane.mistakes, EPSILON) for plane in group], kind="stable")
    hues = {int(k): hue for k, hue in zip(sorted(order[:NAMED]), style.HUES, strict=False)}
    reach = 1.12 * max(length.max() for length in lengths)
    _rings(axes, reach, float(group[0].surface.theta_1[-1]), float(group[0].surface.theta_2[-1]))
    for length in (length for k, length in enumerate(lengths) if k not in hues):
        axes.plot(*_page(flatness.ANGLES, length), color=style.GREY, linewidth=0.5, alpha=0.6)
    for line, (k, hue) in enumerate(hues.items()):
        axes.plot(*_page(np.r_[flatness.ANGLES, 180], np.r_[lengths[k], lengths[k][0]]), color=hue)
        sharpest, flattest = int(lengths[k].argmin()), int(lengths[k].argmax())
        for at, face in ((sharpest, hue), (flattest, "white")):
            axes.plot(*_page(flatness.ANGLES[at], lengths[k][at]), "o", ms=4, color=hue, mfc=face, mew=1)
        _figures(axes, group[k], line, hue, {"\N{BLACK CIRCLE}": (sharpest, lengths[k]),
                                             "\N{WHITE CIRCLE}": (flattest, lengths[k])})
    if len(group) > len(hues):
        axes.text(1.19, -0.1, f"grey: {len(group) - len(hues)} other planes", transform=axes.transAxes, size=6,
                  color=style.GREY)


def _rings(axes: Axes, reach: float, *edges: float) -> None:
    """The frame of half a disc: rings of equal length, spokes of equal angle, and where the plane's edge cuts off."""
    axes.axis("off")
    axes.set(xlim=(-reach, reach), ylim=(0, reach), aspect="equal")
    around = np.linspace(0, 180, 91)
    rings = [ring for ring in MaxNLocator(4).tick_values(0, reach)[1:] if ring < reach]
    for ring in rings:
        axes.plot(*_page(around, ring), color=style.PALE, linewidth=0.6, zorder=1, clip_on=False)
    for ring in rings[::-2]:
        axes.text(ring, -0.03 * reach, style.number(ring), size=6, ha="center", va="top", color=style.GREY)
    for angle in SPOKES:
        x, y = map(float, _page(angle, reach))
        axes.plot([0, x], [0, y], color=style.GREY if angle == 135 else style.PALE, linewidth=0.6, zorder=1,
                  linestyle=":" if angle == 135 else "-", clip_on=False)
        axes.text(1.03 * x, 1.03 * y, f"{angle}°", size=6, color=style.INK if angle == 135 else style.GREY,
                  ha=("center", "left", "right")[int(np.sign(round(x / reach, 6)))],
                  va="center" if y < 0.9 * reach else "bottom")
    first, second = (2 * edge for edge in edges)
    axes.plot([-first, -first, first, first], [0, second, second, 0], color=style.GREY, linewidth=0.7, linestyle="--",
              zorder=1)


def _page(angle: ArrayLike, length: ArrayLike) -> tuple[Array, Array]:
    """Where lengths at angles, in degrees, lie on a panel."""
    return np.multiply(length, np.cos(np.radians(angle))), np.multiply(length, np.sin(np.radians(angle)))


def _figures(axes: Axes, plane: Plane, line: int, hue: str, cuts: Mapping[str, tuple[int, Array]]) -> None:
    """Name and extreme cuts of one plane, beside the half disc."""
    norms = flatness.unit_steps(plane.surface, flatness.ANGLES)
    top = 1.06 - 0.37 * line
    axes.text(1.19, top, planes.name(plane.surface), transform=axes.transAxes, size=6.8, va="top", color=hue,
              weight="bold")
    words = [f"{name} {lengths[at]:.2g} ({lengths[at] * norms[at]:.2g}) at {at}°"
             for name, (at, lengths) in cuts.items()]
    axes.text(1.19, top - 0.12, "\n".join(words), transform=axes.transAxes, size=6, va="top", linespacing=1.15)
