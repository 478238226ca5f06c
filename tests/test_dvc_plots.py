"""What DVC draws: the small tables behind its plots, and the plots themselves as a browser shows them."""

import io
import json
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from ruamel.yaml import YAML

from interference import by_epoch, dance, dvc_plots, surfaces
from interference.errors import BadInput
from interference.history import History
from interference.params import Optim
from interference.tables import Table
from interference.training_run import save_curves, save_metrics
from stages import plots, plots_page
from stages.cctm import save_plot
from tests import toy
from tests.browser import CHROMIUM, PROBE, opened
from tests.imports import ROOT
from tests.test_pipeline import dvc, git

LABELS = toy.CIFAR.labels
REVISIONS = {"first": 0, "second": 1}  # tag -> seed
EPOCHS, POINTS = 6, 5


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A toy study a revision."""
    return {name: toy.study(tmp_path_factory.mktemp(name), seed=seed, epochs=EPOCHS, points=POINTS)
            for name, seed in REVISIONS.items()}


@pytest.fixture(scope="module")
def tables(studies: dict[str, Path]) -> dict[str, dict[str, dict[str, Table]]]:
    """The tables of each revision, by kind and name."""
    return {name: toy.evidence(folder) for name, folder in studies.items()}


@pytest.fixture
def plane(tables) -> Table:
    """A table of one plane, CAT-DOG."""
    return tables["first"]["surfaces"]["vgg19-cat-dog-raw"]


def relabelled(table: Table, *pairs: tuple[int, int]) -> Table:
    """A table with the plane of another once for every pair of label numbers."""
    grams = {f"{toy.CIFAR.keys[a]}-{toy.CIFAR.keys[b]}": [[1.0, 0.0], [0.0, 1.0]] for a, b in pairs}
    return Table(pd.concat(table.frame.assign(class_1=a, class_2=b) for a, b in pairs), table.meta | {"grams": grams})


def test_a_plane_has_its_mistake_rate_at_every_point(plane: Table):
    frame, surface = dvc_plots.planes(plane), surfaces.from_table(plane)
    assert set(frame["pair"]) == {"CAT-DOG"}
    for i, j in ((0, 0), (1, 3), (4, 2)):
        point = frame[(frame["theta_1"] == surface.theta_1[i]) & (frame["theta_2"] == surface.theta_2[j])]
        counts = surface.counts[i, j]
        assert point["mistakes"].item() == pytest.approx(100 * (1 - np.trace(counts) / counts.sum()))


def test_lines_are_no_planes(plane: Table):
    assert dvc_plots.planes(relabelled(plane, (3, 3), (5, 5))) is None
    assert set(dvc_plots.planes(relabelled(plane, (3, 3), (3, 5)))["pair"]) == {"CAT-DOG"}


def test_many_planes_are_the_first_ones_with_fewer_points(tmp_path: Path):
    wide = toy.evidence(toy.study(tmp_path, points=19, runs={"vgg19": "optim"}))["surfaces"]["vgg19-cat-dog-raw"]
    pairs = [(a, b) for a in range(10) for b in range(10) if a < b]
    frame = dvc_plots.planes(relabelled(wide, *pairs, (9, 8)))
    assert list(dict.fromkeys(frame["pair"])) == [f"{LABELS[a]}-{LABELS[b]}" for a, b in pairs]
    assert frame.groupby("pair").size().eq(9 * 9).all()
    assert len(dvc_plots.csv(frame)) < 150_000
    few = dvc_plots.planes(relabelled(wide, *pairs[:12]))
    assert few.groupby("pair").size().eq(19 * 19).all()


@pytest.mark.parametrize("points", [3, 9, 11, 13, 19, 21, 51])
def test_fewer_points_of_an_axis_lie_evenly_around_the_trained_net(points: int):
    picked = dvc_plots._picked(points, coarse=True)
    assert points // 2 in picked
    assert len(picked) <= dvc_plots.COARSE
    assert len(set(np.diff(picked))) == 1
    assert np.array_equal(picked, points - 1 - picked[::-1])
    assert np.array_equal(dvc_plots._picked(points, coarse=False), np.arange(points))


def test_notes_name_the_top_interferer_of_each_epoch_and_how_much_it_takes(tables):
    table = tables["first"]["counts"]["vgg19"]
    frame = dvc_plots.notes(table)
    assert list(dict.fromkeys(frame["class"])) == ["CAT", "DOG", "CAR", "TRUCK"]
    assert set(frame["split"]) == {"train_augmented"}
    counts = by_epoch.training_counts(table, "train_augmented")[1]
    for row in frame[frame["class"] == "TRUCK"].itertuples():
        taken = np.delete(counts[row.epoch - 1, 9], 9)
        assert row.percent == pytest.approx(100 * taken.max() / counts[row.epoch - 1, 9].sum())
        assert (LABELS[row.order] if row.order >= 0 else "none") == row.note
        assert row.note == "none" or taken[row.order] == taken.max()


def test_notes_are_none_where_nothing_interferes_or_nothing_was_recorded(tables):
    table = tables["first"]["counts"]["vgg19"]
    frame = table.frame.assign(count=np.where(table.frame["label"] == table.frame["predicted"], 5000, 5))
    silent = dvc_plots.notes(Table(frame, table.meta))
    assert set(silent["note"]) == {"none"}
    assert set(silent["order"]) == {dance.NONE}
    assert dvc_plots.notes(Table(table.frame.head(0), table.meta)) is None


def test_of_other_classes_the_two_most_interfering_pairs_have_notes(tmp_path: Path):
    table = toy.evidence(toy.study(tmp_path, classes=toy.LETTERS, pairs=["a-b"]))["counts"]["vgg19"]
    assert set(dvc_plots.notes(table)["class"]) == set(toy.LETTERS.labels)


def test_a_table_read_back_from_csv_is_the_table(plane: Table):
    frame = dvc_plots.planes(plane)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(dvc_plots.csv(frame))), frame, rtol=1e-5)


@pytest.mark.parametrize("path", sorted((ROOT / ".dvc" / "plots").glob("*.json")), ids=lambda path: path.stem)
def test_a_template_names_only_columns_that_its_table_has(path: Path, tables, tmp_path: Path):
    write(tables["first"], tmp_path)
    folder = {"cctm_difference": "cctm", "surface": "surfaces"}.get(path.stem, path.stem)
    frame = pd.read_csv(next((tmp_path / "plots" / folder).glob("*.csv")))
    template = json.loads(path.read_text())
    made = {"rev"} | {name for step in template["transform"] for name in names(step)}
    asked = fields({**template, "transform": []})
    assert asked <= made | set(frame.columns)
    assert set(template["data"]["format"]["parse"]) <= set(frame.columns)


@pytest.mark.parametrize("epochs", [1, 2, 3])
@pytest.mark.parametrize("name", ["curves", "notes"])
def test_epochs_are_marked_in_whole_numbers_however_few(name: str, epochs: int):
    made = pytest.importorskip("vl_convert")
    rows = [{"rev": "HEAD", "epoch": epoch, "test_accuracy": 50, "train_online_accuracy": 40 + epoch, "class": "CAT",
             "split": "train", "note": "DOG", "order": 5, "percent": 1, "above": 0.1} for epoch in range(1, epochs + 1)]
    template = (ROOT / ".dvc" / "plots" / f"{name}.json").read_text()
    svg = made.vegalite_to_svg(json.loads(template.replace('"<DVC_METRIC_DATA>"', json.dumps(rows))))
    ticks = re.findall(r'<line transform="[^"]*" x2="0" y2="5" [^>]*opacity="([01])"', svg)
    assert ticks.count("1") == epochs


def names(step: dict) -> list[str]:
    """The columns that a transform adds."""
    new = step.get("as", [])
    return [*([new] if isinstance(new, str) else new), *(op["as"] for key in ("window", "joinaggregate")
                                                         for op in step.get(key, []))]


def fields(template: object) -> set[str]:
    """The columns that a template's encodings name."""
    if isinstance(template, list):
        return set().union(*map(fields, template))
    if not isinstance(template, dict):
        return set()
    own = {template["field"]} if isinstance(template.get("field"), str) else set()
    return own.union(*(fields(value) for key, value in template.items() if key != "transform"))


def write(found: dict[str, dict[str, Table]], repo: Path) -> None:
    """The plots of a study, written as the stages train, cctm and plots write them."""
    for name, table in found["counts"].items():
        past = History()
        for split in ("train_online", "test"):
            for epoch, counts in zip(*by_epoch.training_counts(table, split), strict=True):
                past.add(split, counts, 0.3 * counts, int(epoch))
        setup = Optim(lr=0.1, schedule="cosine", momentum=0.9, weight_decay=0, batch_size=128, epochs=EPOCHS)
        save_metrics(repo / f"metrics/{name}.json", past, 90.0, 3.0)
        save_curves(repo / f"plots/curves/{name}.csv", past, setup, list(past.cells))
        save_plot(repo / f"metrics/cctm/{name}.json", repo / f"plots/cctm/{name}.csv",
                  by_epoch.test_counts(found["cctm"][name]), toy.CIFAR)
    plots.save(repo / "plots/notes", {name: dvc_plots.notes(table) for name, table in found["counts"].items()})
    plots.save(repo / "plots/surfaces", {name: dvc_plots.planes(table) for name, table in found["surfaces"].items()})


@pytest.fixture(scope="module")
def repo(tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with our dvc.yaml and templates, and the plots of both revisions as tags."""
    path = tmp_path_factory.mktemp("plotted")
    shutil.copytree(ROOT / ".dvc" / "plots", path / ".dvc" / "plots")
    for name in (".dvc/config", ".dvc/.gitignore", "dvc.yaml"):
        shutil.copy(ROOT / name, path / name)
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["runs"] = {name: content["runs"][name] for name in ("vgg19", "resnet18")}
    content["sweep"] |= {"runs": ["vgg19", "resnet18"], "pairs": ["cat-dog"], "scales": ["raw"]}
    YAML().dump(content, path / "params.yaml")
    git("init", "-q", at=path)
    for name, value in (("user.name", "test"), ("user.email", "test@localhost")):
        git("config", name, value, at=path)
    (path / "plots" / "figures").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(path / "plots" / "figures" / "cctm.png")
    (path / "plots" / "mistakes.csv").write_text("index,label,predicted,runs,of\n7,cat,dog,2,2\n")
    for name in REVISIONS:
        write(tables[name], path)
        git("add", "-A", at=path)
        git("commit", "-qm", name, at=path)
        git("tag", name, at=path)
    return path


@pytest.fixture(scope="module")
def page(repo: Path) -> Path:
    """The page that draws without the network, with a probe before its scripts."""
    page = repo / ".dvc" / "tmp" / "page.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(plots_page.PAGE.replace("<head>", f"<head>{PROBE}") % plots_page.scripts())
    return page


@pytest.fixture(scope="module")
def shown(repo: Path, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Chromium saw of `dvc plots show`."""
    dvc("plots", "show", "-o", "shown", "--html-template", str(page), at=repo)
    return opened(repo / "shown" / "index.html", tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def compared(repo: Path, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Chromium saw of `dvc plots diff first second`."""
    dvc("plots", "diff", *REVISIONS, "-o", "compared", "--html-template", str(page), at=repo)
    return opened(repo / "compared" / "index.html", tmp_path_factory.mktemp("profile"))


browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path, to open DVC's page in")


@browser
@pytest.mark.parametrize("which", ["shown", "compared"])
def test_the_page_draws_every_plot_without_an_error_or_a_request(which: str, request: pytest.FixtureRequest):
    seen = request.getfixturevalue(which)
    assert seen["errors"] == []
    dvcs_own = "spec uses Vega v5", 'Dropping {} from channel "shape"'  # of its own templates
    assert not [said for said in seen["warnings"] if not any(words in said for words in dvcs_own)]
    assert all(asked.startswith("file:") for asked in seen["requests"])
    expected = {f"{kind}_{run}_csv" for run in ("vgg19", "resnet18")
                for kind in ("plots_curves", "plots_cctm", "dvc_yaml__plots_cctm", "plots_notes")}
    expected |= {"plots_figures_cctm_png", "plots_mistakes_csv"}
    assert set(seen["plots"]) == expected | {f"plots_surfaces_{run}-cat-dog-raw_csv" for run in ("vgg19", "resnet18")}
    assert all(plot["texts"] for name, plot in seen["plots"].items() if name.endswith("csv"))


def rates(tables, revision: str, run: str = "vgg19") -> np.ndarray:
    """A revision's test CCTM (10, 10) in percent."""
    counts = by_epoch.test_counts(tables[revision]["cctm"][run])
    return 100 * counts / counts.sum(1, keepdims=True)


def numbers(values: np.ndarray, form: str) -> Counter:
    """What stands in the cells: values that round to zero leave theirs blank. The minus sign is a real one."""
    return Counter(format(value, form).replace("-", "\N{MINUS SIGN}") for value in values.ravel() if abs(value) >= 0.05)


def written(plot: dict) -> Counter:
    """The numbers in a plot's cells."""
    return Counter(mark["text"] for mark in plot["text"])


@browser
@pytest.mark.parametrize(("which", "revisions"), [("shown", ["second"]), ("compared", ["first", "second"])])
def test_a_cctm_shows_its_numbers_in_label_order_a_panel_a_revision(which, revisions, tables, request):
    plot = request.getfixturevalue(which)["plots"]["plots_cctm_vgg19_csv"]
    assert written(plot) == sum((numbers(rates(tables, name), ".1f") for name in revisions), Counter())
    assert len(plot["rect"]) == 100 * len(revisions)
    assert [axis for axis in plot["axes"] if "CAT" in axis] == [list(LABELS)] * (1 + len(revisions))
    titles = [*(revisions if which == "compared" else ["workspace"]), "Test CCTM, vgg19 (%)"]
    assert [text for text in plot["texts"] if text in titles] == titles


@browser
def test_the_difference_of_two_cctms_is_a_plot_with_zero_in_the_middle_of_its_colours(compared, tables):
    plot = compared["plots"]["dvc_yaml__plots_cctm_vgg19_csv"]
    change = rates(tables, "second") - rates(tables, "first")
    assert written(plot) == numbers(change, "+.1f")
    assert "second minus first" in plot["texts"]
    drawn = {(said["true class"], said["predicted"]): colour(mark["fill"]) for mark in plot["rect"]
             if mark["opacity"] != "0" and (said := tooltip(mark))}
    assert len(drawn) == 10 + 90
    for a, b in zip(*np.nonzero(~np.eye(10, dtype=bool)), strict=True):
        red, _, blue = drawn[LABELS[a], LABELS[b]]
        assert np.sign(red - blue) == np.sign(change[a, b]) or abs(change[a, b]) < 0.2


def tooltip(mark: dict) -> dict[str, str]:
    """What a mark says of itself, by name."""
    return dict(part.split(": ") for part in mark["label"].split("; "))


def colour(fill: str) -> tuple[int, ...]:
    """Red, green and blue of a `rgb(...)` or `#rrggbb`."""
    if fill.startswith("#"):
        return tuple(bytes.fromhex(fill[1:]))
    return tuple(int(part) for part in fill.removeprefix("rgb(").removesuffix(")").split(","))


@browser
def test_the_workspace_is_the_newest_revision(repo: Path, page: Path, tmp_path: Path):
    dvc("plots", "diff", "first", "workspace", "--targets", "plots/cctm", "-o", "newest", "--html-template", str(page),
        at=repo)
    found = opened(repo / "newest" / "index.html", tmp_path)["plots"]
    assert set(found) == {f"{kind}_{run}_csv" for run in ("vgg19", "resnet18")
                          for kind in ("plots_cctm", "dvc_yaml__plots_cctm")}
    assert "workspace minus first" in found["dvc_yaml__plots_cctm_vgg19_csv"]["texts"]
    panels = [text for text in found["plots_cctm_vgg19_csv"]["texts"] if text in ("first", "workspace")]
    assert panels == ["first", "workspace"]


@browser
def test_one_revision_alone_is_set_against_its_transpose(shown, tables):
    plot = shown["plots"]["dvc_yaml__plots_cctm_vgg19_csv"]
    now = rates(tables, "second")
    assert written(plot) == numbers(now - now.T, "+.1f")
    assert "workspace minus its transpose" in plot["texts"]


@browser
def test_a_surface_is_a_map_with_the_trained_net_a_panel_a_revision(compared, tables):
    plot = compared["plots"]["plots_surfaces_vgg19-cat-dog-raw_csv"]
    assert len(plot["rect"]) == 2 * POINTS**2
    dots = [tooltip(mark) for mark in plot["symbol"] if mark["fill"] == "white"]
    assert [dot["revision"] for dot in dots] == list(REVISIONS)
    assert {(dot["theta 1"], dot["theta 2"]) for dot in dots} == {("0", "0")}
    panels = [text for text in plot["texts"] if text.startswith("CAT-DOG")]
    assert panels == ["CAT-DOG, first", "CAT-DOG, second"]
    for theta, way in (("theta 1", "x"), ("theta 2", "y")):
        first = [mark for mark in plot["rect"] if tooltip(mark)["revision"] == "first"]
        values = [float(tooltip(mark)[theta].replace("\N{MINUS SIGN}", "-")) for mark in first]
        pixels = [mark[way] if way == "x" else -mark[way] for mark in first]
        assert np.corrcoef(values, pixels)[0, 1] > 0.999
    bands = {mark["fill"] for mark in plot["rect"]}
    both = pd.concat(dvc_plots.planes(tables[name]["surfaces"]["vgg19-cat-dog-raw"]) for name in REVISIONS)
    assert len(bands) == both["mistakes"].floordiv(10).nunique()


@browser
def test_notes_have_a_mark_an_epoch_and_say_how_many_each_line_holds(compared, tables):
    plot = compared["plots"]["plots_notes_vgg19_csv"]
    frames = {name: dvc_plots.notes(tables[name]["counts"]["vgg19"]) for name in REVISIONS}
    assert len(plot["symbol"]) == 2 * 4 * EPOCHS
    lines = Counter(str(number) for frame in frames.values() for number in frame.groupby(["class", "note"]).size())
    assert Counter(mark["text"] for mark in plot["text"] if mark["text"]) == lines
    order = [*reversed(LABELS), "none above 0.1 %"]
    named = set(pd.concat(frames.values())["note"].replace("none", "none above 0.1 %"))
    assert [label for label in order if label in named] in plot["axes"]
    panels = [text for text in plot["texts"] if "is taken for" in text]
    assert panels == [f"{label} is taken for ({name}, train_augmented)" for label in ("CAT", "DOG", "CAR", "TRUCK")
                      for name in REVISIONS]


@browser
def test_curves_lie_over_each_other_a_colour_a_revision(compared):
    plot = compared["plots"]["plots_curves_vgg19_csv"]
    assert len(plot["line"]) == 2 * 2
    assert len(plot["symbol"]) == 2 * 2 * EPOCHS  # unseen, for the tooltips
    assert {"first", "second", "test", "Accuracy, vgg19 (%)"} <= set(plot["texts"])
    assert len({(mark["stroke"], mark["dash"]) for mark in plot["line"]}) == 2 * 2


def test_the_page_is_set_for_the_checkout_it_is_written_in(repo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(repo)
    monkeypatch.setattr(plots_page, "scripts", lambda: "const ours = true;")
    plots_page.main()
    dvc("plots", "show", "-o", "set", at=repo)
    shown = (repo / "set" / "index.html").read_text()
    assert "const ours = true;" in shown
    assert "<script src" not in shown
    assert not git("status", "--porcelain", "--", ".dvc", at=repo)


def test_without_the_scripts_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(BadInput, match=r"vl_convert: not installed; pip install 'interference\[offline\]'"):
        plots_page.scripts()
