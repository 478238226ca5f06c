"""Studies run in pieces without DVC, and published tables."""

import filecmp
import os
import re
import resource
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from interference.errors import BadInput
from interference.io import tables
from interference.pipeline import LEFT, MADE, Piece, pieces, sort_pieces
from studies import publish
from studies.run import findings
from tests import forks
from tests.clone import checkout, commit, git
from tests.imports import ROOT
from tests.test_stages import toy_params

PUBLISHED = sorted(path.parent.name for path in (ROOT / "published").glob("*/params.yaml"))
CHANGED = ("params.yaml", "images.parquet")  # files that a test writes itself
STUDIES = [ROOT / "params.yaml", *sorted((ROOT / "studies").glob("*.yaml"))]


@pytest.mark.pipeline
@pytest.mark.parametrize("params", STUDIES, ids=lambda path: path.stem)
def test_pieces_are_dvcs_own_stages(params: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    checkout(tmp_path)
    shutil.copy(params, tmp_path / "params.yaml")
    commit(tmp_path, "a study")
    with Repo(tmp_path) as repo:
        theirs = {
            stage.addressing: (stage.cmd.split(), {out.def_path for out in stage.outs})
            for stage in repo.index.stages
        }
    ours = {
        piece.name: (list(piece.command), set(piece.outputs))
        for piece in pieces(ROOT / "dvc.yaml", params)
    }
    assert ours == theirs


def test_each_runs_pieces_follow_one_another_after_what_all_share():
    all_pieces = pieces(ROOT / "dvc.yaml", ROOT / "params.yaml")
    sorted_pieces = sort_pieces(all_pieces, ["resnet18", "vgg19"])
    assert [piece.of_run for piece in sorted_pieces[:3]] == [None, None, "resnet18"]
    runs = [piece.of_run for piece in sorted_pieces[2:]]
    assert runs == sorted(runs)
    assert [piece.stage for piece in sorted_pieces if piece.of_run == "vgg19"] == [
        *MADE[2:],
        *["sweep"] * 7,
    ]


def of_digits(folder: Path) -> Path:
    """A study of digits, one run, one plane."""
    content = YAML(typ="safe").load(toy_params(folder / "params.yaml"))
    run = next(iter(content["runs"]))
    content["sweep"] |= {"runs": [run], "pairs": ["3-9"], "scales": ["raw"]}
    content["runs"] = {run: content["runs"][run]}
    YAML().dump(content, folder / "params.yaml")
    return folder


def run_pieces(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and the output of a call for pieces."""
    completed = forks.completed(
        ["python", "-m", "stages", "pieces", str(folder), *arguments],
        ROOT,
        {**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return completed.returncode, completed.stdout + completed.stderr


@pytest.mark.slow
def test_pieces_that_do_not_fit_the_minutes_are_left_and_done_by_the_next_call(tmp_path: Path):
    of_digits(tmp_path)
    status, output = run_pieces(tmp_path, "--minutes", "0")
    assert status == LEFT
    assert re.search(
        r"^[01] of 7 pieces done; left: (source, )?download, inputs@small, train@small",
        output,
        re.MULTILINE,
    )
    status, output = run_pieces(tmp_path)
    assert status == 0
    assert re.findall(r"^(\S+): \d+ s$", output, re.MULTILINE) == [
        "source",
        "download",
        "inputs@small",
        "train@small",
        "cctm@small",
        "ego@small",
        "sweep@small-3-9-raw",
    ]
    assert output.endswith("7 of 7 pieces done; left: none\n")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert run_pieces(tmp_path) == (0, "7 of 7 pieces done; left: none\n")
    content = YAML(typ="safe").load(tmp_path / "params.yaml")
    for group, key, value, made in (
        ("optim", "epochs", 3, "data/counts/small.parquet: made with setup.epochs 2, now 3"),
        (
            "sweep",
            "edge",
            {"raw": {"optim": 7}},
            "data/surfaces/small-3-9-raw.parquet: made with edge 5.0, now 7",
        ),
    ):
        YAML().dump(content | {group: content[group] | {key: value}}, tmp_path / "params.yaml")
        status, output = run_pieces(tmp_path)
        assert status == 2
        assert made in output
    source = content | {"data": content["data"] | {"resize": 8}}
    YAML().dump(source, tmp_path / "params.yaml")
    made = "data/images.parquet: made with data.resize 16, now 8; expected the images of these"
    status, output = run_pieces(tmp_path)
    assert status == 2
    assert made in output
    YAML().dump(content, tmp_path / "params.yaml")
    other_images = tmp_path / "data" / "images.parquet"
    own_images = other_images.read_bytes()
    table, meta = tables.read_arrow(other_images, [])
    tables.write_arrow(other_images, table, meta | {"images_digest": 12 * "0f"})
    status, output = run_pieces(tmp_path)
    assert status == 2
    assert "data/nets" not in output
    assert re.search(rf"small.parquet: made with images_digest \w+, now {12 * '0f'}; ", output)
    with pytest.raises(BadInput, match=r"small.parquet: made with images_digest \w+, now "):
        publish.check(tmp_path)
    other_images.write_bytes(own_images)
    publish.check(tmp_path)
    after = {path: path.stat().st_mtime_ns for path in before if path.name not in CHANGED}
    assert before.items() >= after.items()


@pytest.mark.slow
def test_a_piece_that_fails_ends_the_call_with_its_status(tmp_path: Path):
    of_digits(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images.parquet").write_text("no table")
    status, output = run_pieces(tmp_path)
    assert status == 2
    assert "error: data/images.parquet" in output
    assert "train@small" in output


@pytest.mark.slow
def test_a_run_that_is_none_is_named(tmp_path: Path):
    status, output = run_pieces(of_digits(tmp_path), "smal")
    assert (status, output) == (2, "error: run: found 'smal', allowed: small\n")
    assert not (tmp_path / "data").exists()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of `published`."""
    (tmp_path / "published").mkdir()
    monkeypatch.setattr(publish, "PUBLISHED", tmp_path / "published")
    monkeypatch.setattr(publish, "DOCS", tmp_path / "docs")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path / "published"


def kept(folder: Path) -> set[Path]:
    """The files of a folder that git keeps."""
    names = git("ls-files", "--cached", "--others", "--exclude-standard", at=folder).splitlines()
    return {Path(name) for name in names if (folder / name).exists()}


@pytest.mark.pipeline
@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_published_is_drawn_again_to_the_same_files(name: str, room: Path):
    """The bytes of figures depend on matplotlib's version; with another one they must exist."""
    published = ROOT / "published" / name
    publish.main(name, of=published)
    drawn = {path for path in kept(published) if path.suffix == ".svg"}
    same_version = f"Matplotlib v{version('matplotlib')}," in (published / min(drawn)).read_text()
    others = [str(path) for path in kept(published) - (set() if same_version else drawn)]
    assert filecmp.cmpfiles(published, room / name, others, shallow=False) == (others, [], [])
    redrawn = {path.relative_to(room / name) for path in (room / name).rglob("*.svg")}
    assert redrawn == drawn, f"run make redraw STUDY={name} and commit published"
    assert (room / name / "data" / "report.html").stat().st_size > 100_000


def test_the_pictures_of_the_documentation_are_the_published_figures():
    for study, pictures in publish.PICTURES.items():
        for name, figure in pictures.items():
            published = ROOT / "published" / study / "plots" / "figures" / f"{figure}.svg"
            shown = ROOT / "docs" / study / f"{name}.svg"
            message = f"run make redraw STUDY={study}: {name}"
            assert shown.read_bytes() == published.read_bytes(), message


def test_nothing_published_holds_images_or_nets():
    """The tables name images by their index."""
    names = [path.name for name in PUBLISHED for path in kept(ROOT / "published" / name)]
    assert names
    assert not [
        name
        for name in names
        if Path(name).suffix in (".png", ".html", ".safetensors") or "images" in name
    ]


@pytest.mark.parametrize(
    ("name", "of", "message"),
    [
        ("paper", None, "study: found 'paper', allowed: a new one with --of"),
        ("../paper", ROOT, "study: found '../paper'"),
        ("paper", ROOT / "nowhere", "nowhere/params.yaml: cannot be read"),
        ("paper", ROOT, "no tables in data; expected a finished study: run it first"),
    ],
)
def test_what_cannot_be_published_is_told_and_leaves_nothing(
    name: str, of: Path | None, message: str, room: Path
):
    if of == ROOT:  # a study that was never run
        of = room.with_name("study")
        of.mkdir()
        shutil.copy(ROOT / "params.yaml", of)
    with pytest.raises(BadInput, match=re.escape(message)):
        publish.main(name, of)
    assert not list(room.iterdir())


def test_tables_of_other_parameters_are_not_published(room: Path):
    study = shutil.copytree(ROOT / "published" / "quick", room / "quick")
    content = YAML(typ="safe").load(study / "params.yaml")
    YAML().dump(content | {"data": content["data"] | {"crop": 4}}, study / "params.yaml")
    with pytest.raises(BadInput, match=r"small-big_lr.parquet: made with data.crop 2, now 4"):
        publish.main("quick")
    assert (study / "plots" / "REPRODUCTION.md").exists()


def test_a_study_takes_the_place_of_an_earlier_one(room: Path):
    quick = ROOT / "published" / "quick"
    (room / "quick" / "data" / "counts").mkdir(parents=True)
    (room / "quick" / "data" / "counts" / "vgg19.parquet").write_bytes(b"")
    publish.copy_tables(quick, room / "quick")
    assert {path.name for path in (room / "quick" / "data" / "counts").iterdir()} == {
        path.name for path in (quick / "data" / "counts").iterdir()
    }


@pytest.mark.parametrize("name", ["..", ".", ".hidden", "-x", "a/b", ""])
def test_a_name_that_is_no_folder_of_its_own_is_refused(name: str, room: Path):
    with pytest.raises(BadInput, match="study: found"):
        publish.main(name, ROOT / "published" / "quick")
    assert not list(room.iterdir())


def test_a_study_outside_the_studies_is_not_run():
    completed = subprocess.run(
        [sys.executable, "studies/run.py", "../studies/digits"], cwd=ROOT, text=True, stderr=-1
    )
    assert completed.returncode == 1
    assert completed.stderr.startswith("study: found '../studies/digits', allowed: ")


def test_a_kill_while_tables_are_copied_leaves_the_earlier_study(
    room: Path, monkeypatch: pytest.MonkeyPatch
):
    quick = shutil.copytree(ROOT / "published" / "quick", room / "quick")
    before = sorted(path for path in quick.rglob("*") if path.is_file())

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copy", stop)
    with pytest.raises(KeyboardInterrupt):
        publish.copy_tables(ROOT / "published" / "quick", quick)
    assert sorted(path for path in quick.rglob("*") if path.is_file()) == before
    assert [path.name for path in room.iterdir()] == ["quick"]


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("ego", "images"), 500, r"grams.*ego.images 1000, now 500"),
        (("sweep", "grid", "images"), 50, r"surfaces.*1000 images, now 50 of each class"),
    ],
)
def test_tables_of_other_numbers_of_images_are_not_published(
    room: Path, keys: tuple[str, ...], value: int, message: str
):
    study = shutil.copytree(ROOT / "published" / "quick", room / "quick")
    content = YAML(typ="safe").load(study / "params.yaml")
    group = content
    for key in keys[:-1]:
        group = group[key]
    group[keys[-1]] = value
    YAML().dump(content, study / "params.yaml")
    with pytest.raises(BadInput, match=message):
        publish.main("quick")


def test_an_empty_file_is_no_finished_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    piece = Piece("ego@small", (), ("data/egos/small.safetensors",), "small")
    (tmp_path / "data" / "egos").mkdir(parents=True)
    path = tmp_path / "data" / "egos" / "small.safetensors"
    path.write_bytes(b"")
    assert not piece.is_done()
    path.write_bytes(b"x")
    assert piece.is_done()


def test_a_finished_study_says_how_many_images_are_wrong_and_which_classes_it_confuses():
    folder = ROOT / "published" / "quick"
    frame = pd.read_parquet(folder / "data" / "cctm" / "small.parquet")
    wrong = frame[(frame["split"] == "test") & (frame["label"] != frame["predicted"])]
    errors = wrong["count"].sum()
    is_cat_or_dog = wrong["label"].isin([3, 5]) & wrong["predicted"].isin([3, 5])
    cat_dog = wrong[is_cat_or_dog]["count"].sum()
    line, *others = findings(folder)
    assert line == (
        f"small: {errors} of 10,000 test images are wrong; "
        f"{cat_dog} of these errors confuse CAT and DOG"
    )
    assert len(others) == 2


def test_a_full_disk_leaves_the_published_study_and_is_one_line(room: Path):
    quick = shutil.copytree(ROOT / "published" / "quick", room / "quick")
    before = sorted(path for path in quick.rglob("*") if path.is_file())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        with pytest.raises(
            BadInput, match=r"quick: cannot be copied to .*quick \(.*too large.*\)$"
        ):
            publish.copy_tables(ROOT / "published" / "quick", quick)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path for path in quick.rglob("*") if path.is_file()) == before
    assert [path.name for path in room.iterdir()] == ["quick"]


def test_a_pipe_among_the_tables_of_a_study_is_not_waited_for(room: Path):
    study = shutil.copytree(ROOT / "published" / "quick", room.with_name("theirs"))
    os.mkfifo(study / "metrics" / "pipe.json")
    with pytest.raises(BadInput, match=r"theirs: cannot be copied to .* named pipe"):
        publish.copy_tables(study, room / "theirs")
    assert not list(room.iterdir())
