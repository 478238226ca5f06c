"""The thresholds of flatness and notes: claims, figures and pages follow the parameters."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from interference import params
from interference.io import tables
from interference.reporting.figures import labels
from stages import claims, figures, plots, report, reproduction
from tests import reports, toy
from tests.imports import ROOT, SRC
from tests.params.test_params import changed

KINDS = ("counts", "cctm", "grams", "surfaces", "predictions")
RUN, EPOCHS = "vgg19", 6


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is drawn of a toy study in which flat is 3 points and a note is 1 %."""
    folder = tmp_path_factory.mktemp("study")
    file = changed(
        folder,
        claims__epsilon=3,
        claims__note=0.01,
        sweep__runs=[RUN],
        sweep__pairs=["cat-dog"],
        sweep__scales=["raw"],
        optim__epochs=EPOCHS,
    )
    settings, data, page = params.load(file), folder / "data", folder / "plots" / "REPRODUCTION.md"
    toy.study(data, runs={RUN: "optim"}, epochs=EPOCHS)
    for path in sorted(data.glob("*/*.parquet")):
        table = tables.read(path, path.parent.name)
        tables.write(
            path, path.parent.name, table.frame, table.meta | {"run": settings.resolved(RUN)}
        )
    counts, cctm, grams, surfaces, predictions = (data / kind for kind in KINDS)
    verdicts = data / "claims.csv"
    plot = folder / "verdicts.csv"
    metrics = folder / "metrics.json"
    claims.main(counts, cctm, grams, surfaces, predictions, verdicts, metrics, plot, file)
    plots.main(counts, surfaces, folder / "plots" / "notes", folder / "plots" / "surfaces", file)
    figures.main(counts, cctm, grams, surfaces, folder / "plots" / "figures", file)
    reproduction.main(counts, cctm, grams, surfaces, verdicts, page, parameters=file)
    report.main(
        counts, cctm, grams, surfaces, predictions, verdicts, data / "report.html", parameters=file
    )
    return folder


@pytest.mark.slow
def test_the_page_of_the_reproduction_says_the_studys_thresholds(study: Path):
    text = (study / "plots" / "REPRODUCTION.md").read_text()
    assert set(re.findall(r"at most (\S+) points above the trained net", text)) == {"3"}
    assert set(re.findall(r"happens to more than (\S+ %) of its training images", text)) == {"1 %"}


@pytest.mark.slow
def test_the_figures_say_the_studys_thresholds(study: Path):
    drawn = {path.stem: path.read_text() for path in (study / "plots" / "figures").glob("*.svg")}
    points = {
        name: set(re.findall(r"at most (\S+) points above", text)) for name, text in drawn.items()
    }
    assert {name: found for name, found in points.items() if found} == {
        name: {"3"} for name in ("flatness-raw", "lowland", f"surface-{RUN}-raw")
    }
    notes = {name: set(re.findall(r"no class above (\S+ %)", text)) for name, text in drawn.items()}
    assert {name: found for name, found in notes.items() if found} == {f"notes-{RUN}": {"1 %"}}


def test_the_report_says_the_studys_thresholds(study: Path):
    source = (study / "data" / "report.html").read_text()
    flat = r"at\s+most\s+(\S+)\s+points\s+above\s+that\s+of\s+w\*"
    assert re.findall(flat, source) == ["3", "3"]
    note = r"predicted\s+as\s+no\s+other\s+class\s+on\s+more\s+than\s+(\S+ %)"
    assert re.findall(note, source) == ["1 %"]
    views = reports.page_data(source)["views"]
    assert (views["planes"]["epsilon"], views["notes"]["threshold"]) == (3, 0.01)


def test_figures_and_report_read_the_same_flat_area(study: Path):
    views = reports.page_data((study / "data" / "report.html").read_text())["views"]
    (plane,) = views["planes"]["planes"]
    assert plane["flat"] == pytest.approx(100 * views["flat"]["planes"][0]["share"])
    text = (study / "plots" / "figures" / f"surface-{RUN}-raw.svg").read_text()
    (shown,) = re.findall(r"flat area: (\S+) % of the plane", text)
    assert shown == labels.format_percentage(plane["flat"])


def test_the_plots_of_dvc_say_the_studys_thresholds(study: Path):
    notes = pd.read_csv(study / "plots" / "notes" / f"{RUN}.csv")
    assert set(notes["above"]) == {1}
    assert ((notes["note"] == "none") == (notes["percent"] <= 1)).all()
    assert 0 < (notes["note"] == "none").sum() < len(notes)


def test_a_plot_of_dvc_writes_the_threshold_beside_its_lines(study: Path):
    made = pytest.importorskip("vl_convert")
    rows = pd.read_csv(study / "plots" / "notes" / f"{RUN}.csv").assign(rev="workspace")
    template = (ROOT / ".dvc" / "plots" / "notes.json").read_text()
    filled = template.replace('"<DVC_METRIC_DATA>"', json.dumps(rows.to_dict("records")))
    assert "none above 1 %" in made.vegalite_to_svg(json.loads(filled))


def test_no_other_module_holds_a_threshold_of_its_own():
    """The numbers themselves stand in `thresholds` and in params.yaml alone."""
    constants = re.compile(
        r"^(?:EPSILON|NOTE)\b.*=|epsilon: float = \d|(?:note|threshold): float = \d", re.MULTILINE
    )
    holders = [
        path.name for path in sorted(SRC.rglob("*.py")) if constants.search(path.read_text())
    ]
    assert holders == ["thresholds.py"]
