"""What the report says of final nets: recalls beside the paper's, ranked pairs, interfering
classes, gradients.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from interference import confusion, paper
from interference.confusion import by_epoch, predictors, statistics
from interference.reporting import report
from interference.surfaces.cosines import cosines
from tests import reports

RUNS = reports.PAIRED_RUNS
PAIRS = np.triu_indices(10, 1)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Three of the paper's nets, trained as long as the paper's, and another net."""
    return reports.paired(tmp_path_factory)


def counts(study: report.Study, run: str) -> np.ndarray:
    return by_epoch.test_counts(study.cctm[run])


Cells = list[tuple[str, str]]  # the attributes and the text of each


def rows(source: str) -> list[tuple[str, Cells]]:
    """The rows of the table of recalls: head and cells."""
    table = re.search(r'<table class="heat">.*?<tbody>(.*?)</tbody>', source, re.DOTALL)[1]
    return [
        (re.search(r'<th scope="row">(.*?)</th>', row)[1], re.findall(r"<td(.*?)>(.*?)</td>", row))
        for row in re.findall(r"<tr.*?</tr>", table)
    ]


def recalls(source: str) -> dict[str, Cells]:
    """The cells of the rows of runs."""
    return {head: cells for head, cells in rows(source) if head in RUNS}


def text(cell: tuple[str, str]) -> str:
    return re.sub("<.*?>", "", cell[1])


def test_recalls_and_accuracies_are_those_of_the_final_weights_and_the_lowest_is_bold(
    source, study
):
    for run in RUNS:
        accuracy, _, *cells = recalls(source)[run]
        expected = confusion.recall(counts(study, run))
        assert text(accuracy) == f"{confusion.accuracy(counts(study, run)):.2f}"
        assert list(map(text, cells)) == [f"{recall:.1f}" for recall in expected]
        assert ["<b>" in content for _, content in cells] == (expected == expected.min()).tolist()


def test_the_paper_s_recalls_stand_below_the_runs_of_its_nets_and_set_up(source, study):
    versions = ["the paper, version a", "the paper, version b"]
    heads = ["vgg19", *versions, "googlenet", *versions, "resnet18-big_lr", "small"]
    assert [head for head, _ in rows(source)] == heads
    for place, version, net in ((1, "a", "vgg19"), (2, "b", "vgg19"), (4, "a", "googlenet")):
        stated = paper.recalls()[version, net]
        assert [*map(text, rows(source)[place][1])][2:] == [
            f"{stated[key]:.1f}" for key in study.classes.keys
        ]


def test_what_leaves_the_paper_s_tolerance_is_framed(source, study):
    framed = []
    for run, table in study.cctm.items():
        accuracy, beside, *cells = recalls(source)[run]
        stated = paper.accuracy_of(table.run)
        assert text(beside) == (f"{stated[0]:.2f}" if stated else "\N{EN DASH}")
        assert ("beyond" in accuracy[0]) == bool(
            stated and abs(confusion.accuracy(counts(study, run)) - stated[0]) > stated[1]
        )
        ranges = paper.recall_ranges(table.run["net"]) if paper.recalls_of(table.run) else {}
        for key, cell, recall in zip(
            study.classes.keys, cells, confusion.recall(counts(study, run)), strict=True
        ):
            low, high = ranges.get(key, (0, 100))
            assert ("beyond" in cell[0]) == (not low <= recall <= high)
            framed.append("beyond" in cell[0])
    assert any(framed)
    assert f"{20 - sum(framed)} of 20 recalls are inside" in source.replace("\n", " ")


def test_without_runs_of_the_paper_s_there_is_no_word_of_it(study):
    source = report.html(replace(study, runs=["small"]))
    section = source.split('id="pairs-and-classes"')[1].split("</section>")[0]
    assert "paper" not in section
    assert len(recalls(source)["small"]) == 11


def test_a_class_without_test_images_is_a_dash(study):
    matrix = counts(study, "small").copy()
    matrix[4] = 0
    frame = study.cctm["small"].frame.query("split == 'test'").copy()
    frame["count"] = matrix[frame["label"], frame["predicted"]]
    source = report.html(
        replace(study, runs=["small"], cctm={"small": replace(study.cctm["small"], frame=frame)})
    )
    assert text(recalls(source)["small"][1 + 4]) == "\N{EN DASH}"
    assert not re.search(
        r"\bnan\b", source.split('id="pairs-and-classes"')[1].split("</section>")[0]
    )


def test_pairs_are_those_of_the_package_with_their_intervals_and_shares_of_errors(source, study):
    view, block = reports.page_data(source)["views"]["pairs"], reports.arrays(source)
    for run in RUNS:
        matrix, rates = counts(study, run), confusion.cctm(counts(study, run))
        low, high = statistics.pair_intervals(matrix)
        expected = np.stack(
            [
                measure[PAIRS]
                for measure in (rates + rates.T, low, high, confusion.pair_share(matrix))
            ],
            -1,
        )
        np.testing.assert_allclose(reports.array(block, view["runs"][run]), expected, rtol=1e-6)


def test_the_interfering_classes_of_table_2_are_named_counted_and_the_paper_s_number_stands_beside(
    source, study
):
    tables = dict(re.findall(r"<summary>(\S+?)</summary>(<div.*?</div>)", source, re.DOTALL))
    assert list(tables) == [*RUNS]
    for run in RUNS:
        cells = [
            re.findall("<td>(.*?)</td>", row)
            for row in re.findall("<tr>(<td>.*?)</tr>", tables[run])
        ]
        rates, size, labels = (
            confusion.cctm(counts(study, run)),
            counts(study, run).sum(-1),
            study.classes.labels,
        )
        assert [label for label, *_ in cells] == list(labels)
        plain = [row[:4] for row in cells]
        for row, (_, names, number, clear) in enumerate(plain):
            others = confusion.interferers(rates, row)
            surely = [
                statistics.wilson(counts(study, run)[row, other], size[row])[0] > 0.005
                for other in others
            ]
            assert names == ", ".join(
                f"{labels[other]} {100 * rates[row, other]:.1f}" for other in others
            )
            assert (int(number), int(clear)) == (len(others), sum(surely))
            stated = cells[row][4:]
            key = study.classes.keys[row]
            assert stated == (
                [str(paper.INTERFERERS.get(key, "\N{EN DASH}"))] if run == "googlenet" else []
            )


def test_cosines_and_what_they_tell_are_those_of_the_package(source, study):
    view, block = reports.page_data(source)["views"]["gradients"]["runs"], reports.arrays(source)
    for run in RUNS:
        cosine, mixed = (
            cosines(study.grams[run]),
            confusion.symmetrised(confusion.cctm(counts(study, run))),
        )
        np.testing.assert_allclose(reports.array(block, view[run]["cosines"]), cosine, rtol=1e-6)
        np.testing.assert_allclose(reports.array(block, view[run]["mixed"]), mixed, rtol=1e-6)
        assert view[run]["correlation"]["rho"] == predictors.prediction(cosine, mixed).rho
