"""The reproduction page shows each exhibit and each claim once, and hides no difference."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

from interference import claims, confusion, paper, params, surfaces
from interference.classes import Classes
from interference.confusion import by_epoch
from interference.errors import BadInput
from interference.io import tables
from interference.reporting.reproduction import (
    EXHIBITS,
    Pictures,
    class_losses,
    exhibits,
    markdown_of,
    minima,
)
from interference.reporting.reproduction.markdown import (
    anchor,
    escape_markdown,
    number,
    short_number,
    table,
)
from interference.reporting.reproduction.page import Page
from interference.study import provenance
from interference.study.study import Study
from interference.surfaces import flatness
from tests import judged, toy
from tests.imports import ROOT

SETTINGS = params.load(ROOT / "params.yaml").claims
NONE = Pictures("", ())
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def study(folder: Path, runs: list[str]) -> Study:
    """The tables of a folder, and their claims."""
    found = toy.evidence(folder)
    return Study(
        "cifar10",
        runs,
        found["counts"],
        found["cctm"],
        found["grams"],
        found["surfaces"],
        verdicts=judge(folder),
    )


def judge(folder: Path) -> list[claims.Verdict]:
    """The verdicts on a folder's tables."""
    return claims.check_all(claims.Evidence(**toy.evidence(folder), settings=SETTINGS))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The paper's runs and planes, made small."""
    folder = toy.study(
        tmp_path_factory.mktemp("whole"),
        runs=toy.PAPER_RUNS,
        swept=toy.PAPER_SWEPT,
        pairs=toy.PAPER_PAIRS,
        scales=("raw", "step"),
        recorded=("vgg19",),
        epochs=200,
    )
    return study(folder, list(toy.PAPER_RUNS))


@pytest.fixture(scope="module")
def unswept(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two runs of six epochs without any plane."""
    return study(toy.study(tmp_path_factory.mktemp("unswept"), pairs=()), ["vgg19", "resnet18"])


@pytest.fixture(scope="module")
def text(whole: Study) -> str:
    return markdown_of(whole, SETTINGS, NONE)


def test_the_page_says_in_its_summary_that_runs_are_left_out(unswept: Study):
    sentence = "The study has 1,000 runs."
    summary = markdown_of(replace(unswept, left_out=sentence), SETTINGS, NONE).split("\n\n")[1]
    assert sentence in summary


def section(page: str, heading: str) -> str:
    """What stands under the heading that begins so."""
    return re.split("^## ", page.split(f"\n## {heading}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(markdown: str) -> list[list[str]]:
    """The cells of every line of its tables."""
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in markdown.splitlines()
        if line.startswith("| ")
    ]


def html(markdown: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(markdown)


def words(markdown: str) -> str:
    """The text that a reader sees."""
    return unescape(re.sub("<[^>]*>", "", html(markdown)))


def test_every_claim_belongs_to_one_exhibit():
    assert len({one.id for one in EXHIBITS if one.id}) == len([one for one in EXHIBITS if one.id])
    assert sorted(name for one in EXHIBITS for name in one.claims) == sorted(claims.CLAIMS)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["whole", "unswept"])
def test_every_exhibit_and_every_claim_is_on_the_page_once(
    which: str, request: pytest.FixtureRequest
):
    page = markdown_of(request.getfixturevalue(which), SETTINGS, NONE)
    for one in EXHIBITS:
        assert page.count(f"\n## {one.heading}\n") == 1
        assert page.count(f"({anchor(one.heading)})") == 1
    for name in claims.CLAIMS:
        assert page.count(f"(`{name}`)") == 1


@pytest.mark.slow
def test_a_claim_stands_with_its_verdict_and_what_was_measured(whole: Study, text: str):
    seen = words(text)
    for one in whole.verdicts:
        if one.verdict != "not measured":
            assert f"{one.verdict}: {one.sentence} ({one.id}). Measured: {one.measured}" in seen
        assert one.measured.split("; ")[0] in seen


@pytest.mark.slow
def test_a_figure_of_the_papers_stands_beside_ours_and_what_it_has_not_is_not_said_to_be_its_own(
    text: str,
):
    found = section(text, "Fig. 1 and 8")
    assert "; *the paper*: 0.376 to 0.436." in found
    assert "*the paper*: Fig. 1" not in found
    beyond = "".join(
        section(text, one.heading) for one in EXHIBITS if one.heading.startswith(exhibits.BEYOND)
    )
    assert "*known*" in beyond
    assert "*the paper*" not in beyond


def test_what_was_not_measured_is_named_with_the_stage_that_would(
    whole: Study, text: str, unswept: Study
):
    assert "**Not measured**" not in text
    page = markdown_of(unswept, SETTINGS, NONE)
    lacking = {one.heading for one in EXHIBITS if "**Not measured**" in section(page, one.heading)}
    assert lacking == {one.heading for one in EXHIBITS if one.stages == "sweep"}
    assert page.count("The stage `sweep` makes them") == len(lacking)
    assert "dvc repro" not in page
    empty = markdown_of(Study("cifar10", ["vgg19"]), SETTINGS, NONE)
    assert "No run has been trained" in empty


def test_a_set_up_of_the_paper_without_a_plane_is_named(tmp_path: Path):
    toy.study(tmp_path, runs={"vgg19": "optim"})
    page = section(markdown_of(study(tmp_path, ["vgg19"]), SETTINGS, NONE), "Fig. 2 to 4: ")
    assert "**Not measured**: Fig. 2 (big-lr) and Fig. 3 (small-lr)" in page
    assert "### Fig. 4: anneal-lr, lr 0.1 cosine" in page


def test_every_recall_outside_the_tolerance_is_named_and_bold_and_no_other(whole: Study, text: str):
    section_of_table = section(text, "Table 1")
    named = section_of_table.split("outside of it, in bold below: ")[1].split("\n")[0]
    bold = 0
    cells = 0
    for run in ("vgg19", "resnet18", "googlenet", "dla"):
        recalls = confusion.recall(by_epoch.test_counts(whole.cctm[run]))
        for (key, (low, high)), recall in zip(
            paper.recall_ranges(run).items(), recalls, strict=True
        ):
            label = toy.CIFAR.labels[toy.CIFAR.index(key)]
            outside = not low <= recall <= high
            assert (f"{label} of {name(run)}: {recall:.1f} (paper:" in named) == outside
            bold += outside
            cells += 1
    assert 0 < bold < cells
    assert sum(cell.startswith("**") for row in rows(section_of_table) for cell in row) == bold
    assert f"**{cells - bold} of {cells}** recalls" in section_of_table


def name(run: str) -> str:
    nets = {"vgg19": "VGG19", "resnet18": "ResNet18", "googlenet": "GoogLeNet", "dla": "DLA"}
    return f"{nets[run]}, lr 0.1 cosine"


def test_a_recall_differs_by_its_distance_from_what_the_papers_versions_span(
    whole: Study, text: str
):
    lines = rows(section(text, "Table 1"))
    place = next(place for place, row in enumerate(lines) if row[0] == name("googlenet"))
    ours, first, second, apart = (
        [float(cell.strip("*").replace(MINUS, "-")) for cell in row[1:]]
        for row in lines[place : place + 4]
    )
    for own, one, other, found in zip(ours, first, second, apart, strict=True):
        assert found == pytest.approx(
            max(own - max(one, other), 0) + min(own - min(one, other), 0), abs=0.051
        )


def test_every_accuracy_stands_beside_the_papers_and_is_bold_outside_its_tolerance(
    whole: Study, text: str
):
    found = {row[0]: row[1:] for row in rows(section(text, "Section 3"))[2:]}
    assert len(found) == len(toy.PAPER_RUNS)
    known = {table.run["name"]: paper.accuracy_of(table.run) for table in whole.counts.values()}
    beyond = 0
    for (final, _, stated, _, apart), (run, theirs) in zip(
        found.values(), by_lr(whole, known), strict=True
    ):
        assert float(final) == pytest.approx(whole.accuracies(run)[0], abs=0.005)
        if theirs is None:
            assert (stated, apart) == (DASH, DASH)
            continue
        outside = abs(round(whole.accuracies(run)[0] - theirs[0], 2)) > theirs[1]
        assert apart.startswith("**") == outside
        assert float(apart.strip("*").replace(MINUS, "-")) == pytest.approx(
            float(final) - theirs[0], abs=0.0101
        )
        beyond += outside
    assert f"**{6 - beyond} of 6** accuracies" in text


def by_lr(whole: Study, known: dict) -> Iterator[tuple]:
    """Each run's accuracy in the paper, in the order of the page: learning rate, then net."""
    return (
        (run, known[run])
        for run in sorted(
            known,
            key=lambda run: (
                -whole.by_run[run].run["setup"]["lr"],
                list(toy.PAPER_RUNS).index(run),
            ),
        )
    )


def test_no_number_of_the_paper_stands_beside_a_run_that_is_not_its_own(unswept: Study):
    page = markdown_of(unswept, SETTINGS, NONE)
    assert "No run uses the paper's own settings" in page
    assert "anneal-lr, other settings" in page
    assert not [row for row in rows(page) if row[0].startswith("*the paper")]
    assert ["the paper's"] not in rows(section(page, "Table 2"))


def test_what_is_no_reproduction_says_so_and_which_net_stands_for_which(
    whole: Study, text: str, unswept: Study
):
    assert "plays the role" not in text
    assert "The study has no runs" not in text.split("\n\n")[1]
    opening = markdown_of(unswept, replace(SETTINGS, net="resnet18"), NONE).split("\n\n")[1]
    assert "it does not reproduce the paper's numbers" in opening
    assert (
        "The net ResNet18 (`claims.net` in `params.yaml`) plays the role of the paper's VGG19. "
        "The study has no runs of GoogLeNet and DLA; claims" in opening
    )


@pytest.mark.slow
def test_claims_that_are_not_the_papers_are_counted_apart(whole: Study, text: str):
    beyond = [one for one in whole.verdicts if "(not in the paper)" in one.sentence]
    assert len(beyond) == 8
    assert f"It lists {len(whole.verdicts)} claims, 8 of them not in the paper: **" in text
    some = replace(whole, verdicts=[one for one in whole.verdicts if one not in beyond])
    assert f"It lists {len(whole.verdicts) - 8} claims: **" in markdown_of(some, SETTINGS, NONE)


@pytest.mark.slow
def test_how_verdicts_are_read_is_said_with_the_claims_own_net_and_p(whole: Study):
    found = markdown_of(whole, replace(SETTINGS, net="dla", p=0.01), NONE).split(
        "How to read a verdict:\n\n"
    )[1]
    assert "about DLA alone" in found.split("\n\n")[0]
    assert "below 0.01" in found.split("\n\n")[0]


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_training_of_few_epochs_has_one_change_less_and_what_cannot_be_had_is_left_out(
    epochs: int, tmp_path: Path
):
    toy.study(tmp_path, runs={"vgg19": "optim"}, pairs=(), epochs=epochs)
    page = markdown_of(study(tmp_path, ["vgg19"]), SETTINGS, NONE)
    assert "None" not in page
    assert "nan" not in words(page)
    found = section(page, "Fig. 6")
    assert re.search(rf"\d of {epochs - 1} changes are opposed", found)
    assert ("no correlation" in found) == (epochs < 3)
    assert re.search(
        r"\n\nThe test accuracy is \d+\.\d\d %\. No run has", section(page, "Section 3")
    )


def test_classes_that_interfere_are_counted_beside_the_papers(whole: Study, text: str):
    rates = confusion.cctm(by_epoch.test_counts(whole.cctm["googlenet"]))
    for label, _, ours, stated, apart in rows(section(text, "Table 2"))[2:]:
        row = toy.CIFAR.labels.index(label)
        assert int(ours) == np.count_nonzero(np.delete(rates[row], row) > 0.005)
        assert int(stated) == paper.INTERFERERS[toy.CIFAR.keys[row]]
        assert int(apart.replace(MINUS, "-")) == int(ours) - int(stated)


def planes(*found: tuple[str, tables.Table]) -> Page:
    """A page of planes alone."""
    of = {str(place): table for place, (_, table) in enumerate(found)}
    return Page(
        Study("", list(dict.fromkeys(table.run["name"] for table in of.values())), surfaces=of),
        judged.SETTINGS,
        NONE,
    )


def test_a_plane_looks_as_the_claims_thresholds_say():
    wide, sharp = 0.06 * judged.BOWL, np.where(judged.BOWL > 0, 0.9, 0)
    page = planes(judged.plane("cat-dog", wide), judged.plane("horse-ship", sharp))
    line = {row[1]: row for row in rows("\n".join(minima.planes(page)))[2:]}
    assert [line[f"CAT{DASH}DOG"][-1], line[f"HORSE{DASH}SHIP"][-1]] == [
        "lowland",
        "spike, plateau",
    ]
    assert minima.planes(page)[0] == (
        "The trained net lies in a flat lowland in 1 of 2 planes under anneal-lr."
    )
    for plane in page.planes:
        flat = flatness.flat_share(surfaces.mistake_rate(plane), judged.SETTINGS.epsilon)
        cells = (len(plane.theta_1) - 1) * (len(plane.theta_2) - 1)
        assert line[plane.name][2].removeprefix("≥ ") == "≈ " * (flat * cells < 1) + str(
            short_number(100 * flat)
        )


def edge(scale: str, optim: str) -> float:
    """The edge of a made-up plane; at equal steps all edges are equal."""
    if scale == "step":
        return 1.0
    return judged.EDGES["anneal_lr" if optim == "optim" else "big_lr"]


def test_a_lowland_that_is_but_a_short_step_is_gone_at_equal_steps():
    narrow, wide = 2 * judged.BOWL, 0.2 * judged.BOWL
    page = planes(
        *(
            judged.plane("cat-dog", rates, setup=setup, scale=scale)
            for scale, both in (("raw", (wide, narrow)), ("step", (narrow, wide)))
            for setup, rates in zip(("anneal_lr", "big_lr"), both, strict=True)
        )
    )
    blocks = minima.equal_steps(page)
    shares = {(one.surface.scale, one.run["optim"]): one.flat.share for one in page.measured}
    assert shares["step", "optim"] < shares["step", "big_lr"]
    assert (
        "at least 10 % of the plane in 0 of 1; at the raw scale it covers that much in 1 of 1"
        in blocks[1]
    )
    areas = {key: share * (2 * edge(*key)) ** 2 for key, share in shares.items()}
    for scale, _, _, own, other, times in rows("\n".join(blocks))[2:]:
        assert own.removeprefix("≈ ") == short_number(areas[scale, "optim"])
        assert other.removeprefix("≈ ") == short_number(areas[scale, "big_lr"])
        assert times.removeprefix("≈ ") == short_number(
            areas[scale, "optim"] / areas[scale, "big_lr"]
        )


@pytest.mark.parametrize(
    ("own", "other", "mark"),
    [
        (0.2, 0.8, ""),
        (0.2, 9, "≈ "),
        (9, 0.8, "≈ "),
        (9, 9, "≈ "),
        (0, 0.8, "≥ "),
        (0.2, 0, "≤ "),
        (0, 0, "≈ "),
        (0, 9, "≈ "),
    ],
)
def test_times_are_marked_where_an_area_is_less_than_a_cell_or_cut_off(
    own: float, other: float, mark: str
):
    def flat(steep: float) -> flatness.Flatness:
        return flatness.measure(
            surfaces.from_table(judged.plane("cat-dog", steep * judged.BOWL)[1])
        )

    found, smaller = [flat(own), flat(other)], flat(20)
    assert [one.cut_off for one in found] == [not steep for steep in (own, other)]
    assert minima._area_ratio(found[0], [smaller, found[1]]) == (
        f"{mark}{short_number(found[0].theta_area / found[1].theta_area)}"
    )


@pytest.mark.slow
def test_times_are_those_of_the_stages_and_their_sum(whole: Study, tmp_path: Path):
    for place, stem in enumerate(
        (
            *toy.PAPER_RUNS,
            *(f"ego/{run}" for run in toy.PAPER_RUNS),
            *(f"sweeps/{stem}" for stem in whole.surfaces),
        )
    ):
        (tmp_path / f"{stem}.json").parent.mkdir(exist_ok=True)
        (tmp_path / f"{stem}.json").write_text(json.dumps({"seconds": 60 + place}))
    timed = replace(
        whole,
        spent=provenance.spent(tmp_path, whole.runs, whole.surfaces),
        swept=provenance.swept(tmp_path, whole.surfaces),
    )
    found = section(markdown_of(timed, SETTINGS, NONE), "How it was")
    seconds = [60 + place for place in range(16 + len(whole.surfaces))]
    assert (
        f"**{sum(seconds) // 3600}:{sum(seconds) // 60 % 60:02}:{sum(seconds) % 60:02}**" in found
    )
    assert {row[0]: int(row[1]) for row in rows(found) if row[0].strip("`") in whole.surfaces} == {
        f"`{stem}`": seconds[16 + place] for place, stem in enumerate(whole.surfaces)
    }


@pytest.mark.slow
def test_pictures_are_linked_where_they_are_and_no_others(whole: Study):
    names = {"cctm-optim", "cctm-big_lr", "surface-vgg19-raw", "class_losses-resnet18-raw"}
    page = markdown_of(whole, SETTINGS, Pictures("../some figures", names))
    assert sorted(re.findall(r"\]\(([^#)]*)\)", page)) == sorted(
        f"../some%20figures/{name}.svg" for name in names
    )
    assert "![Test CCTMs, lr 0.1 cosine](../some%20figures/cctm-optim.svg)" in page
    assert "More figures: [lr 0.01 constant](../some%20figures/cctm-big_lr.svg)." in page


ODD = Classes(("a", "b", "c", "d"), ("a|b", "<b>*c*</b>", "$5_x_$ `~~d~~`", r"[\e](f) & &amp; #1"))


def test_planes_over_which_mistakes_range_alike_are_not_told_apart():
    def lead(*steep: float) -> str:
        pairs = zip(("cat-dog", "horse-ship"), steep, strict=True)
        return class_losses.losses(
            planes(*(judged.plane(pair, one * judged.BOWL) for pair, one in pairs))
        )[0]

    assert lead(0.2, 0.2).endswith(
        "the error rate of the median class varies equally over 2 planes (by 40 points)."
    )
    assert lead(0.2, 0.4).endswith(
        f"most over HORSE{DASH}SHIP (by 80 points) and least over CAT{DASH}DOG (by 40 points)."
    )


def test_a_label_of_several_words_is_named_whole(tmp_path: Path):
    labels = ("guinea pig", "night owl", "sea bass, grilled")
    toy.study(tmp_path, classes=Classes(("a", "b", "c"), labels), runs={"vgg19": "optim"}, pairs=())
    page = markdown_of(study(tmp_path, ["vgg19"]), SETTINGS, NONE)
    (lead,) = re.findall(
        r"^Most frequent false predictions .* in VGG19, lr 0.1 cosine: (.*)\.$", page, re.MULTILINE
    )
    mistakes = re.split(r", (?!grilled)| and ", lead)
    assert {tuple(mistake.split(" as ")) for mistake in mistakes} <= set(permutations(labels, 2))
    assert len(mistakes) == 3


def test_labels_with_markup_are_read_as_they_are(tmp_path: Path):
    toy.study(tmp_path, classes=ODD, runs={"vgg19": "optim"}, pairs=["a-b", "egos"])
    page = markdown_of(study(tmp_path, ["vgg19"]), SETTINGS, NONE)
    seen = words(page)
    for label in ODD.labels:
        assert label in seen
    assert "$" not in page
    widths = [
        len(re.findall("<t[hd]", line))
        for line in re.findall("<tr>.*?</tr>", html(page), re.DOTALL)
    ]
    assert 4 + 1 in widths  # a column a class, and the run


@pytest.mark.parametrize("label", [*ODD.labels, "x\ny", "1. one", "- two"])
def test_plain_words_are_words_whatever_they_hold(label: str):
    assert words(f"so: {escape_markdown(label)}").strip() == f"so: {' '.join(label.split())}"


def test_numbers_are_short_and_have_a_minus_sign():
    assert [number(value, 2, sign=True) for value in (-1.25, 2, float("nan"))] == [
        f"{MINUS}1.25",
        "+2.00",
        None,
    ]
    assert [short_number(value) for value in (12.34, 12345.6, -0.5)] == [
        "12.3",
        "12,346",
        f"{MINUS}0.5",
    ]
    assert short_number(0.00001234) == "1.23\N{MULTIPLICATION SIGN}10⁻⁵"


def test_a_table_leaves_out_a_column_of_nothing_and_puts_numbers_on_the_right():
    found = table(("who", "how many", "none"), [("a 1", "&lt; 2", None), (None, "3 of 4", None)])
    assert rows(found) == [["who", "how many"], [":--", "--:"], ["a 1", "&lt; 2"], [DASH, "3 of 4"]]


@pytest.mark.parametrize(
    ("content", "said"), [("id,verdict\n", "lacks"), ("", "not a readable table")]
)
def test_verdicts_that_are_none_are_refused(content: str, said: str, tmp_path: Path):
    (tmp_path / "claims.csv").write_text(content)
    with pytest.raises(BadInput, match=f"claims.csv: {said}"):
        claims.read(tmp_path / "claims.csv")


def test_verdicts_come_back_from_their_file_as_they_were(whole: Study, tmp_path: Path):
    claims.as_frame(whole.verdicts).to_csv(tmp_path / "claims.csv", index=False)
    assert claims.read(tmp_path / "claims.csv") == whole.verdicts


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "verdict",
            "maybe",
            "claim acc-order: found verdict 'maybe', expected holds, fails, open, partly, not measured; run",
        ),
        ("figure", "many", "claim acc-order: expected a number .*'many'"),
        ("seeds", "", "claim acc-order: expected a number"),
    ],
)
def test_a_verdict_that_is_not_known_is_refused_in_one_line(
    column: str, value: str, said: str, whole: Study, tmp_path: Path
):
    frame = claims.as_frame(whole.verdicts[:2]).astype(object)
    frame.loc[0, column] = value
    frame.to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(BadInput, match=said) as refused:
        claims.read(tmp_path / "claims.csv")
    assert "\n" not in str(refused.value)


def test_tallies_are_words():
    words = ("holds", "fails", "open", "partly")
    held, failed, unknown, partly = (claims.Verdict("a", "", word, "", "") for word in words)
    assert exhibits.tally([held, failed, failed]) == "1 holds, 2 fail"
    assert exhibits.tally([unknown, partly, partly]) == "1 is open, 2 hold partly"
    assert exhibits.tally([]) is None


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tables that are of `params.yaml`'s runs, claims, two figures."""
    folder, settings = tmp_path_factory.mktemp("filed"), params.load(ROOT / "params.yaml")
    toy.study(folder, pairs=("cat-dog", "egos"))
    for kind in ("counts", "cctm", "grams", "surfaces"):
        for path in (folder / kind).glob("*.parquet"):
            one = tables.read(path, kind)
            tables.write(
                path,
                kind,
                {name: one.frame[name].to_numpy() for name in one.frame},
                one.meta | {"run": settings.resolved(one.run["name"])},
            )
    claims.as_frame(judge(folder)).to_csv(folder / "claims.csv", index=False)
    (folder / "plots" / "figures").mkdir(parents=True)
    for name in ("cctm-optim", "surface-vgg19-raw"):
        (folder / "plots" / "figures" / f"{name}.svg").write_bytes(b"")
    return folder


@pytest.mark.slow
def test_the_stage_writes_the_same_bytes_every_time_and_links_files_that_exist(filed: Path):
    page, pages = filed / "plots" / "REPRODUCTION.md", set()
    for seed in ("1", "2"):
        words = [
            *(str(filed / kind) for kind in ("counts", "cctm", "grams", "surfaces", "claims.csv")),
            str(page),
        ]
        code = "import sys; from stages import reproduction, run; run(reproduction.main)"
        subprocess.run(
            [sys.executable, "-c", code, *words, "--figures", str(filed / "plots" / "figures")],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "src", "PATH": ""},
            check=True,
            capture_output=True,
        )
        pages.add(page.read_bytes())
    assert len(pages) == 1
    links = re.findall(r"\]\(([^#)]*)\)", page.read_text())
    assert sorted(links) == ["figures/cctm-optim.svg", "figures/surface-vgg19-raw.svg"]
    assert all((page.parent / link).exists() for link in links)
    assert "Not run: `googlenet`" in page.read_text()


def test_the_page_says_what_was_easy_difficult_left_open_and_different(text: str):
    headings = ["What was easy", "What was difficult", "What the text leaves open"]
    headings += ["Where the paper contradicts itself", "What differs"]
    positions = [text.index(heading) for heading in headings]
    assert positions == sorted(positions)
    assert positions[0] > text.index("Fig. 7")
