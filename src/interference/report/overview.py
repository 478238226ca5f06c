"""The first section: what was studied and what came out, in words and small tables."""

from collections.abc import Iterator, Mapping
from html import escape
from math import isnan
from typing import Any

from interference import chance, confusion
from interference.confusion import Array
from interference.ending import LAST, late_mean
from interference.report.study import Section, Study
from interference.report.words import DASH, plural, table
from interference.tables import Table

PAIRS = 3  # interfering pairs named a run


def section(study: Study) -> Section:
    """The runs and their accuracies, the verdicts in a line, the most interfering pairs."""
    if not study.by_run:
        return Section("Overview", "<p>No run has been trained yet.</p>")
    return Section("Overview", _what(study) + _verdicts(study) + _runs(study) + _interference(study))


def _what(study: Study) -> str:
    name = next(iter(study.by_run.values())).run["data"]["name"]
    labels = "" if study.many else f" ({', '.join(map(escape, study.classes.labels))})"
    return (f"<p>Data set <b>{escape(name)}</b>, {len(study.classes)} classes{labels}; "
            f"{plural(len(study.by_run), 'run')}.</p>")


def _verdicts(study: Study) -> str:
    """How many claims hold, as a line that leads to them."""
    found = [str(one["verdict"]) for one in study.verdicts]
    pills = [f'<span class="pill {word.replace(" ", "-")}">{found.count(word)} {words}</span>' for word, words in
             (("holds", "hold"), ("fails", "fail"), ("not measured", "not measured")) if word in found]
    return f'<p>Of {len(found)} <a href="#claims">claims</a> {" ".join(pills)}</p>' if found else ""


def _runs(study: Study) -> str:
    """A row a run: its set-up and its test accuracies."""
    cctm = study.of_runs("cctm")
    heads = ("run", "net", "learning rate", "schedule", "epochs", "seed", "test accuracy, %", f"mean of last {LAST}, %")
    rows = [(name, one.run["net"], *_settings(one), *_accuracies(study.recorded.get(name, {}), cctm.get(name)))
            for name, one in study.by_run.items()]
    return table(heads, rows, "Runs and their accuracies")


def _settings(one: Table) -> tuple[Any, ...]:
    """A run's learning rate, schedule, last epoch and seed; of one from elsewhere only that epoch may be known."""
    setup, run = one.run["setup"], one.run
    recorded = "epoch" in one.frame and len(one.frame)
    last = one.frame["epoch"].max() if recorded else setup.get("epochs", DASH)
    if not setup:
        return DASH, DASH, last, DASH
    return f"{setup['lr']:g}", setup["schedule"], last, run["seed"]


def _accuracies(recorded: Mapping[str, tuple[Array, Array]], cctm: Table | None) -> tuple[str, str]:
    """The final test accuracy and the mean of the last epochs', in percent; a dash where there is none."""
    if "test" in recorded:
        epochs = confusion.accuracy(recorded["test"][1])
        late = late_mean(epochs)
        return f"{epochs[-1]:.2f}", DASH if isnan(late) else f"{late:.2f}"
    return DASH if cctm is None else f"{confusion.accuracy(confusion.test_counts(cctm)):.2f}", DASH


def _interference(study: Study) -> str:
    """The most interfering pairs of each run: the first in a sentence, the next ones in a table."""
    found = {run: confusion.test_counts(one) for run, one in study.of_runs("cctm").items()}
    if not found:
        return ""
    heads = ("run", *("next most" if place else "most interfering pair" for place in range(PAIRS)))
    rows = [(run, *_pairs(counts, study)) for run, counts in found.items()]
    return (f"<p>{_most(found, study)} How often the classes of such pairs are taken for each other, in percent of "
            f"their test images, both ways added, with its 95 % interval:</p>"
            f"{table(heads, rows, 'The most interfering pairs of each run')}")


def _most(found: dict[str, Array], study: Study) -> str:
    """Which pair interferes most in how many runs, and in how many of them beyond chance."""
    tops = {run: (a, b) for run, counts in found.items()
            for a, b, rate in confusion.ranked_pairs(confusion.cctm(counts))[:1] if rate > 0}
    if not tops:
        return "No class is taken for another."
    known = [*tops.values()]
    top = max(dict.fromkeys(known), key=known.count)
    clear = sum(_is_clear(found[run]) for run, mine in tops.items() if mine == top)
    return (f"The pair of classes that interferes most is <b>{escape(_named(top, study))}</b> in {known.count(top)} of "
            f"{plural(len(found), 'run')}, beyond chance in {clear}.")


def _is_clear(counts: Array) -> bool:
    """Whether the most interfering pair is told from the next one; there may be none.

    The 95 % interval of the difference of the two lies above 0.
    """
    low, high = chance.pair_intervals(counts)
    (*top, first), *others = confusion.ranked_pairs(confusion.cctm(counts))[:2]
    its = low[*top], high[*top]
    return all(chance.added(first, its, -second, (-high[c, d], -low[c, d]))[0] > 0 for c, d, second in others)


def _named(pair: tuple[int, int], study: Study) -> str:
    return DASH.join(study.classes.labels[label] for label in pair)


def _pairs(counts: Array, study: Study) -> Iterator[str]:
    """The most interfering pairs of a run on the test set, and how often each is taken for the other, in words."""
    low, high = chance.pair_intervals(counts)
    for a, b, either in confusion.ranked_pairs(confusion.cctm(counts))[:PAIRS]:
        yield (f"{_named((a, b), study)} {100 * either:.1f} ({100 * low[a, b]:.1f}{DASH}{100 * high[a, b]:.1f})"
               if either > 0 else "none")
