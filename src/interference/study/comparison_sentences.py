"""The comparison of two runs in sentences: better or worse, the findings, and the images."""

from collections.abc import Iterator

import numpy as np

from interference.classes import shortened
from interference.confusion import comparison as changes_of
from interference.confusion.multiple_tests import p_text
from interference.study.comparison import BROKEN, MENDED, Comparison, Row, accuracies

SHOWN = 5  # findings of each side on the terminal


def headline(comparison: Comparison) -> str:
    """Say whether the run is better than its reference, and by how much.

    Args:
        comparison: The comparison.

    Returns:
        A sentence without its full stop.
    """
    total = comparison.total
    before, after = accuracies(comparison)
    gained = -total["difference"]
    word = "more" if gained >= 0 else "fewer"
    ends = sorted(abs(end) for end in (total["low"], total["high"]))
    if total["low"] * total["high"] < 0:
        interval = f"{-total['high']:+.1f} to {-total['low']:+.1f}"
    else:
        interval = f"{ends[0]:.1f} to {ends[1]:.1f}"
    test = "McNemar's" if comparison.is_paired else "Fisher's"
    return (
        f"{comparison.after} is {verdict(total)} {comparison.before}: {after:.2f} % of the test "
        f"images are right, {before:.2f} % before, {abs(gained):.2f} points {word} (95 %: "
        f"{interval}; {test} {p_text(total['p'])})"
    )


def verdict(total: Row) -> str:
    """Say whether a run is better than its reference, by the row for all images."""
    if total["p"] >= changes_of.LEVEL:
        return "neither surely better nor surely worse than"
    return "better than" if total["difference"] < 0 else "worse than"


def totals(comparison: Comparison) -> str:
    """Count the images that are mended, broken and mistaken by both."""
    total = comparison.total
    return f"{_changes(total)}, of {total['images']:,} test images in both"


def sides(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Describe the findings, a sentence each, the largest first.

    Args:
        comparison: The comparison.

    Returns:
        What is better after, and what is worse.
    """
    better: list[str] = []
    worse: list[str] = []
    for row in comparison.findings.to_dict("records"):
        side = better if row["difference"] < 0 else worse
        side.append(finding(comparison, row))
    return better, worse


def finding(comparison: Comparison, row: Row) -> str:
    """Describe a class, a pair or a cell.

    Args:
        comparison: The comparison.
        row: The row of `comparison.kinds`.

    Returns:
        A sentence such as `cat-dog: 45 fewer errors (120 before, 75 after, of 2,000 images); 60
        mended, 15 broken, 60 mistaken by both; p < 0.001`, where p is corrected by Holm's rule.
    """
    parts = [_errors(comparison, row)]
    if comparison.is_paired:
        parts.append(_changes(row))
    if row["level"] == changes_of.PAIR:
        ways = comparison.cells_of(row["label"], row["predicted"])
        texts = [f"{comparison.name(way)} {_change(comparison, way)}" for way in ways]
        parts.append(", ".join(texts))
    parts.append(p_text(row["p_holm"]))
    return f"{comparison.name(row)}: {'; '.join(parts)}"


def _errors(comparison: Comparison, row: Row) -> str:
    """The errors of a row before and after."""
    noun = "error" if _change(comparison, row).startswith("1 ") else "errors"
    change = f"{_change(comparison, row)} {noun}"
    if comparison.is_paired:
        return (
            f"{change} ({row['before']:,} before, {row['after']:,} after, of {row['images']:,} "
            "images)"
        )
    return (
        f"{change} ({row['before']:,} of {row['images']:,} images before, {row['after']:,} of "
        f"{row['images_after']:,} after)"
    )


def _change(comparison: Comparison, row: Row) -> str:
    """By how much the errors of a row changed: `45 fewer`, or `4.5 points fewer` if unmatched."""
    if not row["difference"]:
        return "as many"
    word = "fewer" if row["difference"] < 0 else "more"
    if comparison.is_paired:
        return f"{abs(row['after'] - row['before']):,} {word}"
    return f"{abs(row['difference']):.1f} points {word}"


def _changes(row: Row) -> str:
    return f"{row['mended']:,} mended, {row['broken']:,} broken, {row['both']:,} mistaken by both"


def changed_images(comparison: Comparison, change: str) -> list[str]:
    """Name the images of a change, those of the largest findings first.

    Args:
        comparison: The comparison.
        change: `mended`, `broken` or `moved`.

    Returns:
        Their files if these are known, else their numbers.
    """
    images = comparison.images[comparison.images["change"] == change]
    column = "image" if "image" in images else "index"
    return [str(name) for name in images[column]]


def lines(comparison: Comparison) -> Iterator[str]:
    """Describe the comparison for the terminal.

    Args:
        comparison: The comparison.

    Yields:
        The verdict, then the findings, the changed images and the notes, a line each.
    """
    yield headline(comparison)
    if comparison.is_paired:
        yield f"images: {totals(comparison)}"
    yield f"tested: {comparison.family} classes, pairs and cells, p corrected by Holm's rule"
    better, worse = sides(comparison)
    for word, sentences in ((MENDED, better), (BROKEN, worse)):
        for sentence in sentences[:SHOWN]:
            yield f"{word}: {sentence}"
        if len(sentences) > SHOWN:
            yield f"{word}: {len(sentences) - SHOWN} further findings in comparison.csv"
        if not sentences:
            yield f"{word}: nothing beyond chance"
    for change in (MENDED, BROKEN):
        names = changed_images(comparison, change)
        if names:
            yield f"{change} images: {shortened(names)}"
    yield from comparison.notes


def _not_worse(row: Row) -> str:
    return "not surely worse" if row["difference"] > 0 else "not worse"


def gate(comparison: Comparison, names: list[str]) -> tuple[list[str], bool]:
    """Test classes and pairs that a user chose before seeing the data.

    Args:
        comparison: The comparison.
        names: `all`, classes, or pairs such as `CAT-DOG`.

    Returns:
        A line for each, and whether one of them is worse after than before, beyond chance.

    Raises:
        BadInput: A name is not that of a class or a pair.
    """
    places: dict[str, int] = {}
    answers: dict[str, str] = {}
    for name in dict.fromkeys(names):
        place = comparison.position(name)
        answers[name] = "not worse: no such error is known"
        if place is not None:
            places[name] = place
    rows = np.array(list(places.values()), int)
    columns = {str(name): values.to_numpy() for name, values in comparison.kinds.items()}
    is_worse, p_values = changes_of.worse(columns, rows)
    for name, place, worse, p in zip(places, rows, is_worse, p_values, strict=True):
        row = comparison.kinds.iloc[place].to_dict()
        word = "worse" if worse else _not_worse(row)
        answers[name] = f"{word}: {_errors(comparison, row)}; {p_text(p)}"
    texts = [f"--fail-if-worse {name}: {answer}" for name, answer in answers.items()]
    return texts, bool(is_worse.any())
