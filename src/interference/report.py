"""One HTML page that holds a whole study: overview, exhibits, claims and provenance, and asks nothing of the network.

Figures are embedded as data URIs, so that the file can be sent, kept, and opened anywhere. What a figure shows and how
to read it is said here, once a kind of exhibit, by the first word of its name.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from interference import confusion, dance
from interference.tables import Table

LAST = 10  # epochs of the mean that stands beside the final accuracy
PAIRS = 3  # interfering pairs named a run
MARKS = {"holds": "&#10003;", "fails": "&#10007;", "not measured": "&#8211;"}


@dataclass(frozen=True)
class Exhibit:
    """A kind of figure: the section it stands in, what it is called, what it shows and how it is read."""

    section: str
    heading: str
    shows: str
    read: str


EXHIBITS = {
    "cctm": Exhibit(
        "Confusion", "Test CCTM",
        "What the images of each class (row) are taken for (column) on the test set, in percent of the row's images.",
        "The diagonal, the recall, is left out. The darker a cell, the more its column's class interferes with its "
        "row's. One range of colours serves all nets of a set-up. Interference tends to be symmetric: dark cells "
        "face each other across the diagonal."),
    "recall": Exhibit(
        "Confusion", "Recall by class", "The share of each class's test images that are predicted right, by run.",
        "Dark cells are the classes that a net misses most; each row's lowest recall is bold. Under runs of the "
        "paper's nets and set-up stand the two versions of its Table 1; ours is framed where it leaves their range by "
        "more than the tolerance."),
    "interferers": Exhibit(
        "Confusion", "Interfering classes",
        "What the images of four classes are taken for, and how many classes interfere with each: exceed 0.005.",
        "A class may lose its images to one strong interferer or to several weak ones; grey cells are recalls. The "
        "second count is of those that exceed 0.005 beyond chance."),
    "pairs": Exhibit(
        "Confusion", "The most interfering pairs",
        "How often the classes of each pair are taken for each other, both ways added, with its 95 % interval.",
        "The number beside a dot is the pair's share of all errors. Pairs stand in one order for all runs of a set-up; "
        "where the dots step back to the right by more than their lines, that net has another order."),
    "mistakes": Exhibit(
        "Confusion", "Images that carry the errors",
        "Test images of the most interfering pairs, each way, those first that most runs mistake alike.",
        "An image that every run takes for the same wrong class is hard by itself, or its label is in doubt; mistakes "
        "of single runs are chance."),
    "accuracy": Exhibit(
        "Training", "Test accuracy", "Test accuracy of every run, by net and set-up.",
        "The dot is the last epoch's accuracy, the one that counts; the bar is the mean of the last ten epochs. Where "
        "they lie far apart the run had not settled. Runs that differ by seed alone share a row. The paper's accuracy "
        "stands beside those of its nets and set-ups; ours is framed outside its tolerance, the pale band."),
    "curves": Exhibit(
        "Training", "Accuracy by epoch", "Accuracy on the test set, and of the predictions made while training.",
        "Predictions made while training are those before each update, on augmented images and in train mode, so that "
        "early on they may lie below the test accuracy."),
    "dance": Exhibit(
        "Training", "The dance of a pair",
        "The training recalls of the most interfering pair by epoch, and below, what each of its classes is taken for.",
        "Ticks mark the epochs in which one recall rises while the other falls. A red arrow is a moment at which one "
        "class loses images to the other: its recall is at a low, the other's at a high, and more of its images than "
        "before or after go there. At a blue arrow both recalls are at a low and a third class takes the images. In "
        "the lower panels a peak of the other class means that it takes images away. Their scale is logarithmic above "
        "0.1 %, that of the recalls in the distance to 100 % above 1 %."),
    "dance_pairs": Exhibit(
        "Training", "Which pairs dance",
        "How far the recalls of every two classes move against each other while the net trains, a panel a way to "
        "record the training.",
        "A dot is the correlation of two recalls' changes from epoch to epoch, its bar the 95 % interval; grey ones "
        "cannot be told from 0. The rows are ordered by the first panel. At the right, how many moments a pair has: "
        "red, one class takes images of the other; blue, both fall and a third class takes them."),
    "notes": Exhibit(
        "Training", "Dancing notes", "At each epoch, the class that a class is most often taken for.",
        "A long row of dots is a lasting interference. The lowest line holds the epochs in which no class takes more "
        "than 0.1 %."),
    "surface": Exhibit(
        "Loss surface", "Mistake rate around the trained net",
        "The share of mistakes when the trained net is moved along the gradients of two classes.",
        "The net lies in the middle (dot); to the right it descends the loss of the pair's first class, upwards that "
        "of the second. Within the white line around the dot mistakes are at most 5 points above the trained net's: "
        "the flat area, whose share of the plane is given. A raw plane is measured in gradients, whose lengths differ "
        "between set-ups; on a step plane every net moves equally far."),
    "lowland": Exhibit(
        "Loss surface", "How flat, at every scale",
        "The flat area of every plane as a share of the plane and in weight space, the steepest rise along an axis, "
        "and what the mistakes settle at far away: a row a scale and pair, a dot a run.",
        "On a raw plane theta is a learning rate, and gradients differ in length by orders of magnitude, so that a "
        "large flat area may only mean short steps. At the other scales all nets step alike. In weight space the raw, "
        "the step and the relative plane of a pair are the same plane, seen through windows of different size. A "
        "hollow dot is a lower bound: the plane's edge cuts its flat area off."),
    "flatness": Exhibit(
        "Loss surface", "Flat length by angle",
        "How long a straight cut through the trained net stays flat, at every angle of the plane.",
        "Far from the middle is flat. 0 degrees is along the pair's first class, 90 along the second, and at 135 one "
        "is descended while the other ascends. The dot is the sharpest cut, the ring the flattest; a line on the "
        "dashed frame is cut off by the plane's edge."),
    "class_losses": Exhibit(
        "Loss surface", "Every class's loss around the trained net",
        "The mistake rate of each class (100 - recall) over the same planes, a small map a class.",
        "The pair's own classes are framed. Classes whose maps look alike lose their images in the same directions."),
    "shapes": Exhibit(
        "Loss surface", "Like shapes of class losses",
        "How alike the classes' mistake rates are over a plane (rank correlation), classes of like shape side by side.",
        "A blue block is a cluster of classes that lose their images in the same directions; dots mark the pairs that "
        "interfere most. Below, whether such likeness goes with interference, and whether the cosine of class "
        "gradients, which costs a thousandth of a plane, does so better."),
    "ego_models": Exhibit(
        "Loss surface", "Ego models",
        "The mistake rate of each class (100 - recall) while the net moves along the gradient of one class alone.",
        "The net lies in the middle; to the right it descends the loss of the class that is named below, whose own "
        "curve is black. A coloured curve that rises there belongs to a class that pays for it."),
    "cosines": Exhibit(
        "Class gradients", "Cosines of class gradients", "The cosine of every two classes' loss gradients.",
        "Red pairs are opposed: a step that helps one class harms the other."),
    "cosine_cctm": Exhibit(
        "Class gradients", "Cosine against interference",
        "Each pair's gradient cosine against how often its classes are taken for each other on the test set.",
        "A cloud that falls from the upper left to the lower right says that opposed gradients mark interfering "
        "classes; rho is Spearman's rank correlation."),
}
OTHER = Exhibit("Other exhibits", "", "", "")
SECTIONS = ("Confusion", "Training", "Loss surface", "Class gradients", "Other exhibits")


def html(title: str, figures: Mapping[str, Path | bytes], tables: Mapping[str, Mapping[str, Table]],
         verdicts: Iterable[Mapping[str, Any]], runs: Sequence[str]) -> str:
    """The page. `figures` are SVG or PNG, as files or bytes, by name; `tables` are as `figures.draw` takes them.

    `verdicts` are rows with id, sentence, verdict, measured and paper; `runs` gives the runs and their order.
    """
    counts = _of_runs(tables.get("counts", {}), runs)
    cctm = _of_runs(tables.get("cctm", {}), runs)
    setups = dict.fromkeys(table.run["optim"] for table in {**cctm, **counts}.values())
    body = [
        _section("Overview", _overview(counts, cctm)),
        *(_section(name, "".join(found)) for name, found in _exhibits(figures, [*setups, *runs])),
        _section("Claims", _claims(list(verdicts))),
        _section("Provenance", _provenance({**cctm, **counts})),
    ]
    names = [name for name in ("Overview", *SECTIONS, "Claims", "Provenance")
             if any(f'id="{_anchor(name)}"' in section for section in body)]
    links = "".join(f'<a href="#{_anchor(name)}">{name}</a>' for name in names)
    return PAGE.substitute(title=escape(title), style=STYLE, links=links, body="\n".join(body))


def _of_runs(tables: Mapping[str, Table], runs: Sequence[str]) -> dict[str, Table]:
    """The tables of the runs, by run, in the runs' order."""
    known = {table.run["name"]: table for table in tables.values()}
    return {run: known[run] for run in runs if run in known}


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _section(name: str, content: str) -> str:
    return f'<section id="{_anchor(name)}"><h2>{name}</h2>{content}</section>'


# Overview


def _overview(counts: Mapping[str, Table], cctm: Mapping[str, Table]) -> str:
    """What was studied and what came out, in words and one table of runs."""
    tables = {**counts, **cctm}
    if not tables:
        return "<p>No run has been trained yet.</p>"
    first = next(iter(tables.values()))
    labels = ", ".join(map(escape, first.classes.labels))
    words = [f"<p>Data set <b>{escape(first.run['data']['name'])}</b>, {len(first.classes)} classes ({labels}); "
             f"{len(tables)} run{'s' * (len(tables) != 1)}.</p>"]
    words.append(_runs(tables, counts, cctm))
    if cctm:
        words.append(_interference(cctm))
    return "".join(words)


def _interference(cctm: Mapping[str, Table]) -> str:
    """The most interfering pairs: the first in a sentence, the next ones in a table."""
    found = {run: list(_pairs(table)) for run, table in cctm.items()}
    tops = [pairs[0][0] for pairs in found.values()]
    top = max(dict.fromkeys(tops), key=tops.count)
    heads = ("run", *("next most" if place else "most interfering pair" for place in range(PAIRS)))
    rows = [(run, *(words for _, words in pairs)) for run, pairs in found.items()]
    return (f"<p>The pair of classes that interferes most is <b>{escape(top)}</b> in {tops.count(top)} of {len(tops)} "
            f"run{'s' * (len(tops) != 1)}. How often the classes of such pairs are taken for each other on the test "
            f"set, in percent of their images:</p>{_table(heads, rows)}")


def _pairs(table: Table) -> Iterator[tuple[str, str]]:
    """The most interfering pairs of a run on the test set, and how often each is taken for the other, in words."""
    labels, rates = table.classes.labels, confusion.cctm(confusion.test_counts(table))
    for first, second, either in confusion.ranked_pairs(rates)[:PAIRS]:
        if not either > 0:
            yield "none", "none"
            continue
        a, b, there, back = labels[first], labels[second], 100 * rates[first, second], 100 * rates[second, first]
        yield f"{a}{DASH}{b}", f"{a} for {b} {there:.1f}, {b} for {a} {back:.1f}"


def _runs(tables: Mapping[str, Table], counts: Mapping[str, Table], cctm: Mapping[str, Table]) -> str:
    """A row a run: its set-up and its test accuracies."""
    heads = ("run", "net", "learning rate", "schedule", "epochs", "seed", "test accuracy, %", f"mean of last {LAST}, %")
    rows = []
    for name, table in tables.items():
        run, setup = table.run, table.run["setup"]
        accuracies = _accuracies(counts.get(name), cctm.get(name))
        settings = (f"{setup['lr']:g}", setup["schedule"], setup["epochs"], run["seed"])
        rows.append((name, run["net"], *settings, *accuracies))
    return _table(heads, rows)


def _accuracies(counts: Table | None, cctm: Table | None) -> tuple[str, str]:
    """The final test accuracy and the mean of the last epochs', in percent; a dash where there is none."""
    if counts is not None and (counts.frame["split"] == "test").any():
        epochs = confusion.accuracy(dance.training_counts(counts, "test")[1])
        return f"{epochs[-1]:.2f}", f"{epochs[-LAST:].mean():.2f}"
    return DASH if cctm is None else f"{confusion.accuracy(confusion.test_counts(cctm)):.2f}", DASH


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table of plain values that scrolls where it is too wide."""
    head = "".join(f"<th scope=\"col\">{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


# Exhibits


def _exhibits(figures: Mapping[str, Path | bytes], order: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The figures of each section that has some, kind by kind; the first figure of a kind is open, the others fold."""
    kinds = {name: name.partition("-")[0] for name in figures}
    for section in SECTIONS:
        content = []
        known = [kind for kind, exhibit in EXHIBITS.items() if exhibit.section == section]
        other = [kind for kind in dict.fromkeys(kinds.values()) if kind not in EXHIBITS]
        for kind in other if section == OTHER.section else known:
            mine = sorted((name for name in figures if kinds[name] == kind), key=lambda name: _place(name, order))
            if mine:
                content.append(_kind(kind, {name: figures[name] for name in mine}))
        if content:
            yield section, content


def _place(name: str, order: Sequence[str]) -> tuple[int, str]:
    """Where a figure stands among its kind: by its run or set-up, the longest that its name holds, and then by name."""
    subject = name.partition("-")[2]
    mine = [known for known in order if subject == known or subject.startswith(f"{known}-")]
    return (order.index(max(mine, key=len)) if mine else -1), name


def _kind(kind: str, figures: Mapping[str, Path | bytes]) -> str:
    """All figures of a kind under one explanation."""
    exhibit = EXHIBITS.get(kind, OTHER)
    heading = exhibit.heading or kind
    words = f"<p>{escape(exhibit.shows)} <span class=\"how\">{escape(exhibit.read)}</span></p>" if exhibit.shows else ""
    items = "".join(_figure(name, heading, exhibit.shows, content, fold=len(figures) > 1, opened=place == 0)
                    for place, (name, content) in enumerate(figures.items()))
    return f'<article id="{escape(kind)}"><h3>{escape(heading)}</h3>{words}{items}</article>'


def _figure(name: str, heading: str, shows: str, content: Path | bytes, *, fold: bool, opened: bool) -> str:
    """One figure with its caption, folded away under its subject where it has siblings."""
    subject = name.partition("-")[2]
    alt = escape(f"{heading}{f' ({subject})' * bool(subject)}. {shows}".strip(), quote=True)
    figure = (f'<figure><div class="wide" tabindex="0"><img alt="{alt}" src="{_data(content)}"></div>'
              f"<figcaption>{escape(name)}</figcaption></figure>")
    if not fold:
        return figure
    return f"<details{' open' * opened}><summary>{escape(subject)}</summary>{figure}</details>"


def _data(content: Path | bytes) -> str:
    """A figure as a data URI."""
    raw = content if isinstance(content, bytes) else content.read_bytes()
    kind = "png" if raw.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


# Claims


def _claims(verdicts: list[Mapping[str, Any]]) -> str:
    """How many claims hold, and a row a claim."""
    if not verdicts:
        return "<p>No claim has been checked yet.</p>"
    found = [str(one["verdict"]) for one in verdicts]
    summary = ", ".join(f"{found.count(word)} {words}" for word, words in
                        (("holds", "hold"), ("fails", "fail"), ("not measured", "are not measured")))
    heads = ("claim", "verdict", "measured", "paper")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(map(_claim, verdicts))
    return (f"<p>Of {len(found)} claims checked, {summary}. A claim that fails is a finding, not an error; "
            "one that is not measured lacks a run or a table that it needs.</p>"
            f'<table class="claims"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def _claim(one: Mapping[str, Any]) -> str:
    """A row of the claims' table; its cells name their columns for narrow screens."""
    verdict = str(one["verdict"])
    pill = f'<span class="{_anchor(verdict)}">{MARKS.get(verdict, "")} {escape(verdict)}</span>'
    return (f'<tr><td data-head="claim"><code>{escape(str(one["id"]))}</code> {escape(str(one["sentence"]))}</td>'
            f'<td data-head="verdict">{pill}</td><td data-head="measured">{_shown(one["measured"])}</td>'
            f'<td data-head="paper">{_shown(one["paper"])}</td></tr>')


def _shown(value: Any) -> str:
    """A value as text, a dash for one that is absent (a nan, where a CSV had nothing)."""
    return escape(str(value)) if value is not None and value == value and value != "" else DASH


# Provenance


def _provenance(tables: Mapping[str, Table]) -> str:
    """With what and from which parameters each run was made."""
    made = dict.fromkeys(_line(table.meta.get("made_by", {})) for table in tables.values())
    by = "".join(f"<li>{line}</li>" for line in made if line)
    runs = "".join(f"<details><summary>{escape(name)}</summary><pre>{escape(json.dumps(table.run, indent=1))}</pre>"
                   "</details>" for name, table in tables.items())
    return f"<p>Made by</p><ul>{by or '<li>unknown</li>'}</ul><p>Parameters of each run</p>{runs}"


def _line(made_by: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(str(key))} {escape(str(value))}" for key, value in made_by.items())


DASH = "\N{EN DASH}"

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header><h1>$title</h1><nav aria-label="Sections">$links</nav></header>
<main>
$body
</main>
</body>
</html>
""")

STYLE = """
:root { --page: #fff; --ink: #1b1b1f; --soft: #5c5f66; --line: #d9dbe0; --card: #f6f7f9; --link: #0b5cad;
  --none: #4d5159; --none-back: #e8eaee;
  --holds: #0a6b3d; --holds-back: #d9f2e3; --fails: #9a2a00; --fails-back: #fde4d8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171b; --ink: #e6e7ea; --soft: #a4a8b0; --line: #353942; --card: #1e2127; --link: #7db7f5;
    --none: #c2c6ce; --none-back: #30343c;
    --holds: #8ee0b0; --holds-back: #133d29; --fails: #ffb595; --fails-back: #4a2010; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
p, li { max-width: 46rem; }
ul { padding-left: 1.2rem; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.how, figcaption { color: var(--soft); }
figure { margin: .5rem 0 1.25rem; }
figcaption { font-size: .8rem; }
.wide { overflow-x: auto; margin: .75rem 0; }
figure .wide { margin-bottom: .25rem; padding: .5rem; background: #fff; border: 1px solid var(--line);
  border-radius: 6px; }
img { display: block; max-width: 100%; min-width: min(34rem, 100% + 12rem); height: auto; margin: 0 auto; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.wide > table { white-space: nowrap; }
summary { cursor: pointer; padding: .2rem 0; }
pre { background: var(--card); padding: .75rem; border-radius: 6px; overflow-x: auto; font-size: .8rem; }
code { font-size: .85em; color: var(--soft); margin-right: .3rem; }
.claims td:first-child { width: 44%; }
.claims span { display: inline-block; white-space: nowrap; padding: 0 .55rem; border-radius: 1rem; font-size: .85rem; }
.holds { color: var(--holds); background: var(--holds-back); }
.fails { color: var(--fails); background: var(--fails-back); }
.not-measured { color: var(--none); background: var(--none-back); }
@media (max-width: 40rem) {
  .claims thead { display: none; }
  .claims tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  .claims td, .claims td:first-child { display: block; width: auto; border: 0; padding: .1rem 0; }
  .claims td:not(:first-child)::before { content: attr(data-head) ": "; color: var(--soft); }
}
@media print { details > :not(summary) { display: block; } nav { display: none; } }
"""
