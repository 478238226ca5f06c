"""`interference look before.csv after.csv`: the comparison's files, lines and exit status."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from interference.errors import BadInput
from interference.external import predictions, runs
from interference.external.prediction_columns import ColumnOptions
from interference.study import comparison as comparisons
from stages import look
from tests.imports import ROOT

LABEL = np.repeat(["cat", "dog"], 60)
BEFORE = np.where(np.arange(120) < 15, "dog", LABEL)
AFTER = np.where((np.arange(120) >= 60) & (np.arange(120) < 69), "cat", LABEL)


def saved(folder: Path, name: str, predicted: np.ndarray, **more: object) -> Path:
    columns = {"index": np.arange(120), "label": LABEL, "predicted": predicted, **more}
    path = folder / f"{name}.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [saved(tmp_path, "old", BEFORE), saved(tmp_path, "new", AFTER)]


@pytest.mark.slow
def test_two_files_are_compared_and_a_worse_class_ends_with_status_1(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "look"
    with pytest.raises(typer.Exit) as stopped:
        look.main(files, out, fail_if_worse=["cat-dog", "dog"])
    assert stopped.value.exit_code == 1
    kinds = pd.read_csv(out / "comparison.csv")
    assert kinds.iloc[0][["before", "after", "mended", "broken"]].tolist() == [15, 9, 15, 9]
    assert len(pd.read_csv(out / "changed_images.csv")) == 24
    assert (out / "figures" / "comparison.svg").exists()
    assert '<section id="comparison"' in (out / "report.html").read_text()
    printed = capsys.readouterr().out.splitlines()
    assert (
        "mended: cat: 15 fewer errors (15 before, 0 after, of 60 images); 15 mended, 0 broken, 0 "
        "mistaken by both; p < 0.001" in printed
    )
    assert (
        "--fail-if-worse dog: worse: 9 more errors (0 before, 9 after, of 60 images); p = 0.008"
        in printed
    )


@pytest.mark.slow
def test_runs_of_a_column_are_compared_on_request_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seeds = [{"seed": seed, "label": LABEL, "predicted": AFTER} for seed in (1, 2)]
    path = tmp_path / "seeds.csv"
    pd.concat(map(pd.DataFrame, seeds)).to_csv(path, index=False)
    look.main([path], tmp_path / "look", run_column="seed")
    assert "better" not in capsys.readouterr().out
    assert not (tmp_path / "look" / "comparison.csv").exists()
    look.main([path], tmp_path / "look", run_column="seed", compare=("seed-1", "seed-2"))
    assert "seed-2 is neither surely better nor surely worse than" in capsys.readouterr().out


@pytest.mark.slow
def test_one_of_several_runs_is_compared_if_both_are_named(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    third = saved(tmp_path, "third", LABEL)
    look.main([*files, third], tmp_path / "look", compare=("new", "third"), fail_if_worse=["all"])
    printed = capsys.readouterr().out
    assert "third is better than new" in printed
    look.main([*files, third], tmp_path / "look")
    assert "better than" not in capsys.readouterr().out
    assert not (tmp_path / "look" / "comparison.csv").exists()


@pytest.mark.slow
def test_two_files_without_a_common_image_are_looked_at_and_the_reason_is_said(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    other = saved(tmp_path, "other", AFTER, index=np.arange(120) + 500)
    look.main([files[0], other], tmp_path / "look")
    assert "not compared: old and other: share no test image" in capsys.readouterr().out
    assert "not compared: old and other" in (tmp_path / "look" / "report.html").read_text()
    assert not (tmp_path / "look" / "comparison.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compare": ("old", "none")}, r"--compare: found 'none', allowed: old, new"),
        ({"compare": ("old", "old")}, r"--compare: found old twice, allowed: two runs"),
        ({"fail_if_worse": ["cat-mouse"]}, r"--fail-if-worse: found 'cat-mouse', allowed: all, a"),
    ],
)
def test_names_that_will_not_do_are_refused_in_one_line(
    files: list[Path], tmp_path: Path, options: dict, message: str
):
    with pytest.raises(BadInput, match=message) as error:
        look.main(files, tmp_path / "look", **options)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "look").exists()


def test_a_test_of_runs_that_cannot_be_compared_is_refused(files: list[Path], tmp_path: Path):
    with pytest.raises(BadInput, match=r"--fail-if-worse: found 1 runs, allowed: two, or more"):
        look.main(files[:1], tmp_path / "look", fail_if_worse=["dog"])
    other = saved(tmp_path, "other", AFTER, index=np.arange(120) + 500)
    with pytest.raises(BadInput, match=r"old and other: share no test image"):
        look.main([files[0], other], tmp_path / "look", fail_if_worse=["dog"])


def test_an_image_twice_is_refused(files: list[Path], tmp_path: Path):
    twice = saved(tmp_path, "twice", AFTER, index=np.r_[0, np.arange(119)])
    with pytest.raises(BadInput, match=r"index, row 2: found 0 a second time"):
        look.main([files[0], twice], tmp_path / "look")


def test_files_of_other_classes_are_refused(files: list[Path], tmp_path: Path):
    other = saved(tmp_path, "other", np.repeat("x", 120), label=np.repeat(["x", "y"], 60))
    with pytest.raises(BadInput, match=r"label and predicted: found no class in both"):
        look.main([files[0], other], tmp_path / "look")


def test_a_given_name_stands_for_the_name_in_a_table_of_the_project():
    folder = ROOT / "published" / "seeds" / "data" / "predictions"
    files = {"before": folder / "small.parquet", "after": folder / "small-seed1.parquet"}
    records = predictions.read_files(files, None, "cifar10", ColumnOptions())
    tables = runs.tables_by_kind(records)
    comparison = comparisons.of_runs(tables, "before", "after")
    assert (comparison.before, comparison.after) == ("before", "after")
    assert {table.run["net"] for table in tables["cctm"].values()} == {"small"}
