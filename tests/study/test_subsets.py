"""Subsets of the images: read from columns, tested exactly, corrected, and told in a sentence."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from interference.api.report import study_of_records, subsets_of_records
from interference.confusion import multiple_tests
from interference.confusion import subsets as tests_of
from interference.errors import BadInput
from interference.external import predictions, runs
from interference.external.prediction_columns import ColumnOptions
from interference.reporting import report
from interference.reporting.report import subsets as section_of
from interference.study import subsets as subsets_of
from stages import look


def frame():
    """200 cats by day, 100 by night: 4 and 30 are called dog. Brightness tells little."""
    cats = pd.DataFrame(
        {"label": "cat", "predicted": "cat", "light": ["day"] * 200 + ["night"] * 100}
    )
    cats.loc[200:229, "predicted"] = "dog"
    cats.loc[0:3, "predicted"] = "dog"
    dogs = pd.DataFrame(
        {"label": "dog", "predicted": "dog", "light": ["day"] * 20 + ["night"] * 80}
    )
    whole = pd.concat([cats, dogs], ignore_index=True)
    whole["brightness"] = np.random.default_rng(0).permutation(len(whole)) / len(whole)
    return whole


def read(table, *columns, folder):
    path = folder / "p.csv"
    table.to_csv(path, index=False)
    return predictions.read_files(path, None, "data", ColumnOptions(subsets=columns))


def test_the_subset_where_an_error_is_frequent_comes_first(tmp_path):
    (subsets,) = subsets_of_records(read(frame(), "light", "brightness", folder=tmp_path))
    first = subsets.departures.iloc[0]
    assert (first["column"], first["subset"]) == ("light", "night")
    assert first[["images", "errors", "rest_images", "rest_errors"]].tolist() == [100, 30, 200, 4]
    expected = 2 * stats.hypergeom.sf(29, 300, 34, 100)
    assert first["p"] == pytest.approx(expected)
    family = len(subsets.departures)
    assert family == 1 + 4  # one of two lights, four parts of the brightness
    assert first["p_holm"] == pytest.approx(5 * expected)
    (line,) = subsets_of.lines(subsets)
    assert line.startswith("p: cat as dog is more frequent where light is night: 30.0 % of 100")


def test_a_subset_with_more_cats_is_none_with_more_errors_of_cats():
    # In the second subset there are ten times as many cats, at the same rate.
    counts = np.array([[[90, 10], [0, 900]], [[900, 100], [0, 90]]])
    columns = tests_of.departures(counts)
    assert columns["p"].tolist() == [1]


def test_nothing_beyond_chance_has_no_line(tmp_path):
    (subsets,) = subsets_of_records(read(frame(), "brightness", folder=tmp_path))
    assert subsets_of.lines(subsets) == []


def test_the_size_over_all_subsets_and_errors_without_any_difference():
    rng = np.random.default_rng(0)
    truth = np.array([[0.9, 0.07, 0.03], [0.2, 0.7, 0.1], [0.02, 0.08, 0.9]])
    rejected = 0
    rounds = 300
    for _ in range(rounds):
        by_subset = [
            np.stack([rng.multinomial(n, p) for n, p in zip(sizes, truth, strict=True)])
            for sizes in ((60, 90, 30), (50, 20, 200), (100, 100, 100), (15, 40, 60))
        ]
        p = tests_of.departures(np.stack(by_subset))["p"]
        rejected += bool((multiple_tests.holm(p) < tests_of.LEVEL).any())
    assert rejected / rounds < 0.07


def test_numbers_are_divided_into_four_parts_and_few_values_are_not(tmp_path):
    table = frame()
    table["site"] = np.arange(len(table)) % 3
    table.loc[5, "site"] = np.nan
    (record,) = read(table, "brightness", "site", folder=tmp_path)
    names, counts = record.subsets["brightness"]
    assert len(names) == 4
    assert counts.sum((1, 2)).tolist() == [100] * 4
    assert set(record.subsets["site"][0]) == {"0.0", "1.0", "2.0", "(empty)"}
    assert record.subsets["site"][1].sum() == 400


def test_rows_count_as_often_as_they_say_and_earlier_epochs_do_not(tmp_path):
    table = pd.DataFrame(
        {
            "label": ["cat", "cat", "dog"],
            "predicted": ["dog", "cat", "dog"],
            "epoch": [1, 2, 2],
            "count": [5, 7, 2],
            "camera": ["a", "b", "a"],
        }
    )
    (record,) = read(table, "camera", folder=tmp_path)
    names, counts = record.subsets["camera"]
    assert dict(zip(names, counts.sum((1, 2)).tolist(), strict=True)) == {"a": 2, "b": 7}


def test_a_column_that_is_absent_or_has_too_many_values_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="--subset: found 'lens', allowed: label, predicted, light"):
        read(frame(), "lens", folder=tmp_path)
    table = frame().assign(name=[f"image {k}" for k in range(400)])
    with pytest.raises(BadInput, match="--subset name: found 400 values, such as 'image 0'"):
        read(table, "name", folder=tmp_path)


def test_a_file_may_lack_the_column_that_another_has(tmp_path):
    frame().to_csv(tmp_path / "with.csv", index=False)
    frame().drop(columns="light").to_csv(tmp_path / "without.csv", index=False)
    files = [tmp_path / "with.csv", tmp_path / "without.csv"]
    options = ColumnOptions(subsets=["light"])
    first, second = predictions.read_files(files, None, "data", options)
    assert list(first.subsets) == ["light"]
    assert second.subsets == {}
    (subsets,) = subsets_of_records([first, second])
    assert subsets.run == "with"


def test_the_page_has_the_findings_and_the_cells_of_each_subset(tmp_path):
    records = read(frame().replace("night", "<b>"), "light", folder=tmp_path)
    study = study_of_records(records, runs.tables_by_kind(records), [])
    section = section_of.section(study)
    assert "cat as dog is more frequent where light is <b>" in section.context.findings[0]
    carried = section.data["runs"]["p"]["light"]
    cells = dict(zip(carried["names"], carried["cells"], strict=True))
    assert cells["<b>"] == [[0, 0, 70], [0, 1, 30], [1, 1, 80]]
    page = report.html(study)
    assert "light is &lt;b&gt;" in page
    assert "light is <b>" not in page


def test_a_look_says_and_writes_where_an_error_is_frequent(tmp_path, capsys):
    path = tmp_path / "p.csv"
    frame().to_csv(path, index=False)
    out = tmp_path / "look"
    look.main([path], out, subset=["light"], formats=["svg"])
    assert "p: cat as dog is more frequent where light is night" in capsys.readouterr().out
    table = pd.read_csv(out / "subsets.csv")
    assert table.loc[0, ["run", "column", "subset", "label"]].tolist() == [
        "p",
        "light",
        "night",
        "cat",
    ]
