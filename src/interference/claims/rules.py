"""The rules that turn measurements into verdicts; they are the same for every claim.

A claim *holds* or *fails* if the tables decide it. It is *open* if the tables cannot decide it, and
*partly* true if its sentence is about several nets, planes or seeds, it holds on some of them, and
the others are absent or open. It is *not measured* if a run or a table that it needs is absent.
`docs/claims.md` explains the rules for readers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from scipy import stats

from interference.confusion.multiple_tests import holm as holm
from interference.confusion.multiple_tests import p_text as p_text

T = TypeVar("T")

HOLDS = "holds"
FAILS = "fails"
OPEN = "open"
PARTLY = "partly"
NOT_MEASURED = "not measured"
VERDICTS = (HOLDS, FAILS, OPEN, PARTLY, NOT_MEASURED)

CONDITIONS = "conditions"  # the parts of a statement that is true only if all of them are
LEVEL = 0.05  # of every test; intervals are 95 % intervals
LEAST_CELLS = 4  # cells of the grid: a smaller flat area is interpolated from the points beside w*
LEAST_STEPS = 2  # steps of the grid: a shorter flat length ends at the points beside w*
HALF_LOST = 50  # percent: effects on a class are measured where its error rate is lower
LEAST_EPOCHS = 50  # epochs of a training: notes and dances of a shorter one are too few to judge


class NotMeasured(Exception):
    """Raised by a claim that lacks a run or a table. The message names it."""


class Undecided(Exception):
    """Raised by a claim whose tables cannot decide it. The message gives the reason."""


class Finding(NamedTuple):
    """The answer of a claim function.

    Attributes:
        held: Whether the statement holds; None if the tables cannot decide it.
        measured: A short text with the numbers that were measured.
        figure: The number behind the answer; nan if there is none.
        low: The lower end of its 95 % interval, if it has one.
        high: The upper end of its 95 % interval, if it has one.
        p: Its p-value, if it has one.
        sign: +1 if the statement is that the figure is above `limit`, -1 if it is below; 0 if the
            figure alone does not decide.
        limit: The number that the figure is compared with.
        parts: The findings on the nets, planes or set-ups that the sentence is about, by name.
        missing: The items that the sentence is about and that have no data.
        kind: The items in words, such as `nets`.
    """

    held: bool | None
    measured: str
    figure: float = np.nan
    low: float | None = None
    high: float | None = None
    p: float | None = None
    sign: int = 0
    limit: float = 0.0
    parts: Mapping[str, "Finding"] | None = None
    missing: tuple[str, ...] = ()
    kind: str = ""

    @property
    def verdict(self) -> str:
        """The finding in a word, one of `VERDICTS`."""
        if self.held is None:
            return OPEN
        if not self.held:
            return FAILS
        return PARTLY if self.holding < self.items else HOLDS

    @property
    def items(self) -> int:
        """The number of items that the sentence is about."""
        return len(self.parts or {}) + len(self.missing)

    @property
    def holding(self) -> int:
        """The number of items on which the statement holds in full."""
        parts = self.parts or {}
        return sum(part.verdict == HOLDS for part in parts.values())


# Guards


def check_equal_epochs(runs: Iterable[Mapping[str, Any]]) -> None:
    """Check that runs under different set-ups were trained for equally many epochs.

    Args:
        runs: The resolved parameters of the runs.

    Raises:
        Undecided: They have different lengths, so a difference may be one of length alone.
    """
    epochs = {run["name"]: run["setup"]["epochs"] for run in runs}
    if len(set(epochs.values())) > 1:
        listed = ", ".join(f"{name} {number}" for name, number in epochs.items())
        raise Undecided(
            f"epochs: {listed}; training configurations are compared at equal numbers of epochs"
        )


def check_enough_epochs(run: str, epochs: int) -> None:
    """Check that a training is long enough for a statement about notes or dances.

    Args:
        run: The run's name.
        epochs: Its number of epochs.

    Raises:
        Undecided: It is shorter than `LEAST_EPOCHS`.
    """
    if epochs < LEAST_EPOCHS:
        raise Undecided(f"{run}: {epochs} epochs; at least {LEAST_EPOCHS} are needed")


def check_not_saturated(name: str, rate: float, chance: float, place: str) -> None:
    """Check that a class is still recognised at a point of a plane.

    Beyond the error rate of guessing, a class is lost: its rate can hardly rise any further, and
    the plane reaches too far to compare rises.

    Args:
        name: The label of the class.
        rate: Its error rate at the point, percent.
        chance: The error rate of guessing, percent.
        place: The point in words, such as `at -CAT`.

    Raises:
        Undecided: The error rate is at least that of guessing.
    """
    if rate >= chance:
        raise Undecided(
            f"{name}'s error rate is {rate:.1f} % {place}, as high as by guessing ({chance:g} %): "
            "the plane extends too far to tell"
        )


def check_half_left(name: str, rate: float, place: str) -> None:
    """Check that most of a class is still recognised at the nearest points of a plane.

    Effects on a class are measured where less than half of it is lost, since a rate near that of
    guessing can hardly rise any further.

    Args:
        name: The label of the class.
        rate: The highest of its error rates at these points, percent.
        place: The points in words, such as `at -CAT`.

    Raises:
        Undecided: At least `HALF_LOST` percent are lost.
    """
    if rate >= HALF_LOST:
        raise Undecided(
            f"{name}'s error rate is {rate:.1f} % one step from w* {place}: effects are measured "
            f"below {HALF_LOST:g} %, so that the grid is too coarse to tell"
        )


# Intervals and tests


class Bounds(NamedTuple):
    """A number that is known within bounds.

    Attributes:
        figure: The best estimate.
        low: The lowest value that the tables allow.
        high: The highest value that the tables allow.
        remark: The reason if the bounds are not an interval of chance, such as `cut off`.
    """

    figure: float
    low: float
    high: float
    remark: str = ""

    def times(self, factor: float) -> "Bounds":
        """The number and its bounds times a positive factor."""
        return Bounds(factor * self.figure, factor * self.low, factor * self.high, self.remark)


def is_less(first: Bounds, second: Bounds) -> bool | None:
    """Whether one number is less than another.

    Args:
        first: The first number.
        second: The second number.

    Returns:
        True or false; None if their bounds overlap.
    """
    if first.high < second.low:
        return True
    if first.low > second.high:
        return False
    return None


def is_beyond(low: float, high: float, sign: int, limit: float = 0.0) -> bool | None:
    """Whether a number lies on the expected side of a limit, by its interval.

    Args:
        low: The lower end of the interval.
        high: The upper end.
        sign: +1 if the number should be above the limit, -1 if below.
        limit: The limit.

    Returns:
        True or false; None if the interval includes the limit.
    """
    if not low <= high or low <= limit <= high:
        return None
    is_above = low > limit
    return is_above == (sign > 0)


def all_of(conditions: Iterable[bool | None]) -> bool | None:
    """Whether all conditions of a sentence are met.

    Args:
        conditions: True, false, or None if the tables cannot decide.

    Returns:
        False if one is false; else None if one is undecided; else True.
    """
    listed = list(conditions)
    if any(condition is not None and not condition for condition in listed):
        return False
    if any(condition is None for condition in listed):
        return None
    return True


def t_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Student's 95 % interval of a mean, and the two-sided p that the mean is zero.

    Args:
        values: Independent values (n,), such as one difference a seed.

    Returns:
        The low end, the high end, and p; -inf, inf and 1 for a single value. Equal values have an
        interval of length 0.
    """
    numbers = np.asarray(values, np.float64)
    if len(numbers) < 2:
        return -np.inf, np.inf, 1.0
    mean = numbers.mean()
    if np.ptp(numbers) == 0:
        p = 1.0 if mean == 0 else 0.0
        return float(mean), float(mean), p
    result = stats.ttest_1samp(numbers, 0)
    interval = result.confidence_interval(1 - LEVEL)
    return float(interval.low), float(interval.high), float(result.pvalue)


# Sentences about several items


def or_open(find: Callable[..., Finding], *arguments: Any) -> Finding:
    """Judge a part of a sentence; the part is open if its data cannot decide.

    Args:
        find: Judges the part; raises `Undecided` if its data cannot decide.
        *arguments: The arguments of `find`.

    Returns:
        The finding, or an open one that gives the reason.
    """
    try:
        return find(*arguments)
    except Undecided as reason:
        return Finding(None, str(reason))


def for_each(
    items: Mapping[str, T],
    find: Callable[[T], Finding],
    *,
    kind: str = "nets",
    named: Collection[str] = (),
) -> Finding:
    """Judge a sentence about several items: nets, planes, training configurations.

    The p-values of the items are one family, which Holm's rule corrects.

    Args:
        items: The items by the name that the text gives them.
        find: Judges one item; raises `NotMeasured` if it has no data, and `Undecided` if its data
            cannot decide.
        kind: The items in words.
        named: The names of items that the sentence is about; those that are not in `items` count
            as missing.

    Returns:
        A finding that fails if the statement fails on one item, holds if it holds on one item at
        least and fails on none, and is open otherwise. Its numbers are those of the first item
        that has any.

    Raises:
        NotMeasured: No item has data.
    """
    parts: dict[str, Finding] = {}
    reasons: dict[str, str] = {}
    for name, item in items.items():
        try:
            parts[name] = or_open(find, item)
        except NotMeasured as reason:
            reasons[name] = str(reason)
    if not parts:
        different = list(dict.fromkeys(reasons.values()))
        raise NotMeasured("; ".join(different) or "no run has everything that is compared")
    absent = [name for name in named if name not in items]
    return joined(parts, (*reasons, *absent), kind)


def for_each_name(names: Iterable[str], find: Callable[[str], Finding], *, kind: str) -> Finding:
    """Judge a sentence about items that are known by their names.

    Args:
        names: The names.
        find: Judges the item with a name, as in `for_each`.
        kind: The items in words.

    Returns:
        The finding, as `for_each` returns it.

    Raises:
        NotMeasured: No item has data.
    """
    items = {name: name for name in names}
    return for_each(items, find, kind=kind)


def conjunction(
    parts: Mapping[str, Finding], measured: str = "", figure: float = np.nan
) -> Finding:
    """Judge a statement that is true only if all its parts are.

    The p-values of the parts are one family, which Holm's rule corrects.

    Args:
        parts: The findings on the parts, by name.
        measured: The text; the texts of the parts if it is empty.
        figure: The number behind the answer; that of the first part with a number if it is nan.

    Returns:
        A finding that fails if one part fails, is open if one is open, and holds otherwise.
    """
    corrected = _corrected(parts)
    if np.isnan(figure):
        figure = _first_with_a_number(corrected).figure
    texts = [f"{name} {part.measured}" for name, part in corrected.items()]
    return Finding(
        held=all_of(part.held for part in corrected.values()),
        measured=measured or "; ".join(texts),
        figure=figure,
        parts=corrected,
        kind=CONDITIONS,
    )


def joined(parts: Mapping[str, Finding], missing: Sequence[str], kind: str) -> Finding:
    """Join the findings on several items to the finding on their sentence.

    Args:
        parts: The findings by the items' names.
        missing: The items without data.
        kind: The items in words.

    Returns:
        The finding, as `for_each` describes it.
    """
    corrected = _corrected(parts)
    helds = [part.held for part in corrected.values()]
    if False in helds:
        held: bool | None = False
    else:
        held = True if True in helds else None
    numbers = _first_with_a_number(corrected)
    finding = numbers._replace(held=held, parts=corrected, missing=tuple(missing), kind=kind)
    return finding._replace(measured=_joined_text(finding))


def _first_with_a_number(parts: Mapping[str, Finding]) -> Finding:
    findings = list(parts.values())
    for finding in findings:
        if np.isfinite(finding.figure):
            return finding
    return findings[0]


def _joined_text(finding: Finding) -> str:
    """The texts of all parts, after `k of n nets` where the sentence holds in part."""
    parts = finding.parts or {}
    names_by_text: dict[str, list[str]] = {}
    for name, part in parts.items():
        names_by_text.setdefault(part.measured, []).append(name)
    texts = [f"{', '.join(names)}: {text}" for text, names in names_by_text.items() if text]
    if finding.verdict == PARTLY:
        texts.insert(0, f"{finding.holding} of {finding.items} {finding.kind}")
    return "; ".join(texts)


def _corrected(parts: Mapping[str, Finding]) -> dict[str, Finding]:
    """Parts whose p-values are corrected by Holm's rule where there are several.

    A part whose corrected p is not below `LEVEL` becomes open.
    """
    tested = {name: part.p for name, part in parts.items() if part.p is not None and part.sign}
    corrected = dict(parts)
    if len(tested) < 2:
        return corrected
    adjusted = holm(list(tested.values()))
    for name, p in zip(tested, adjusted, strict=True):
        part = parts[name]
        is_decided = part.held is not None and p < LEVEL
        corrected[name] = part._replace(
            held=part.held if is_decided else None,
            measured=f"{part.measured}, {p_text(p)} by Holm over {len(tested)}",
            p=float(p),
        )
    return corrected


# Several seeds


def across_seeds(findings: Mapping[int, Finding]) -> Finding:
    """Judge a sentence on several seeds.

    A figure that is compared with a limit is judged by Student's interval of its mean over the
    seeds; a difference is first taken within each seed. Any other statement holds if it holds on
    every seed, fails if it fails on every seed, holds partly if it holds on some, and is open
    otherwise. A majority decides nothing.

    Args:
        findings: The findings by seed, two at least.

    Returns:
        The finding; its text has the means that decide, if there are any.
    """
    listed = list(findings.values())
    first = listed[0]
    if all(finding.parts for finding in listed):
        return _parts_across_seeds(listed)
    figures = [finding.figure for finding in listed if np.isfinite(finding.figure)]
    mean = float(np.mean(figures)) if figures else np.nan
    if first.sign and len(figures) == len(listed):
        deviations = [figure - first.limit for figure in figures]
        low, high, p = t_interval(deviations)
        low, high = low + first.limit, high + first.limit
        return Finding(
            held=is_beyond(low, high, first.sign, first.limit),
            measured=f"mean over the seeds {mean:.3g} ({low:.3g} to {high:.3g})",
            figure=mean,
            low=low,
            high=high,
            p=p,
            sign=first.sign,
            limit=first.limit,
        )
    return _by_every_seed(findings)._replace(figure=mean)


def _by_every_seed(findings: Mapping[int, Finding]) -> Finding:
    """The finding on a statement that no single number decides."""
    verdicts = [finding.verdict for finding in findings.values()]
    parts = {f"seed {seed}": finding for seed, finding in findings.items()}
    if FAILS in verdicts and len(set(verdicts)) == 1:
        held: bool | None = False
    elif HOLDS in verdicts or PARTLY in verdicts:
        held = True
    else:
        held = None
    return Finding(held, "", parts=parts, kind="seeds")


def _parts_across_seeds(findings: Sequence[Finding]) -> Finding:
    """The finding on a sentence about several items, each judged on its own seeds."""
    names: dict[str, None] = {}
    missing: dict[str, None] = {}
    for finding in findings:
        names.update(dict.fromkeys(finding.parts or {}))
        missing.update(dict.fromkeys(finding.missing))
    parts: dict[str, Finding] = {}
    for name in names:
        by_seed: dict[int, Finding] = {}
        for place, finding in enumerate(findings):
            own = finding.parts or {}
            if name in own:
                by_seed[place] = own[name]
        alone = next(iter(by_seed.values()))
        parts[name] = across_seeds(by_seed) if len(by_seed) > 1 else alone
    kind = findings[0].kind
    if kind == CONDITIONS:
        figures = [finding.figure for finding in findings if np.isfinite(finding.figure)]
        together = conjunction(parts, figure=float(np.mean(figures)) if figures else np.nan)
        return together._replace(measured=_deciding_text(together))
    absent = [name for name in missing if name not in parts]
    return joined(parts, absent, kind)


def _deciding_text(finding: Finding) -> str:
    """The text of the condition that decides whether all of them are met.

    If a condition fails, it is the failed one with the smallest p-value. Otherwise it is the open
    or true one with the largest.
    """
    parts = finding.parts or {}
    deciding = {name: part for name, part in parts.items() if part.held is finding.held}
    if not deciding:
        return ""
    choose = min if finding.verdict == FAILS else max
    name = choose(deciding, key=lambda name: deciding[name].p or 0.0)
    return f"{name}: {deciding[name].measured}" if deciding[name].measured else ""
