"""The first section: what was studied and what came out, in words and small tables."""

from html import escape

from interference import by_epoch, top_pairs
from interference.by_epoch import LAST
from interference.report.section import Section
from interference.report.words import table
from interference.study import Study, settings
from interference.vocabulary import Array
from interference.wording import plural

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
    found = [verdict.verdict for verdict in study.verdicts]
    pills = [f'<span class="pill {word.replace(" ", "-")}">{found.count(word)} {words}</span>' for word, words in
             (("holds", "hold"), ("fails", "fail"), ("not measured", "not measured")) if word in found]
    return f'<p>Of {len(found)} <a href="#claims">claims</a> {" ".join(pills)}</p>' if found else ""


def _runs(study: Study) -> str:
    """A row a run: what is known of its set-up, and its test accuracies."""
    heads = ("run", "net", "learning rate", "schedule", "epochs", "seed", "test accuracy, %", f"mean of last {LAST}, %")
    rows = [(name, one.run["net"], *settings(one), *map(_percent, study.accuracies(name)))
            for name, one in study.by_run.items()]
    known = [place for place in range(len(heads)) if any(row[place] is not None for row in rows)]
    return table([heads[place] for place in known], [[row[place] for place in known] for row in rows],
                 "Runs and their accuracies")


def _percent(accuracy: float) -> str | None:
    return f"{accuracy:.2f}" if accuracy == accuracy else None


def _interference(study: Study) -> str:
    """The most interfering pairs of each run: the first in a sentence, the next ones in a table."""
    found = {run: by_epoch.test_counts(one) for run, one in study.of_runs("cctm").items()}
    if not found:
        return ""
    heads = ("run", *("next most" if place else "most interfering pair" for place in range(PAIRS)))
    rows = [(run, *top_pairs.in_words(counts, study.classes.labels, PAIRS)) for run, counts in found.items()]
    return (f"<p>{_most(found, study)} How often the classes of such pairs are taken for each other, in percent of "
            f"their test images, both ways added, with its 95 % interval:</p>"
            f"{table(heads, rows, 'The most interfering pairs of each run')}")


def _most(found: dict[str, Array], study: Study) -> str:
    """Which pair interferes most in how many runs, and in how many of them beyond chance."""
    top = top_pairs.most(found.values())
    if top is None:
        return "No class is taken for another."
    return (f"The pair of classes that interferes most is <b>{escape(top_pairs.named(top.pair, study.classes.labels))}"
            f"</b> in {top.runs} of {plural(len(found), 'run')}, beyond chance in {top.clear}.")
