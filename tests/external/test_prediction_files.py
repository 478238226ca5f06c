"""A claim a test: prediction files of other programs are read without silent guesses."""

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interference import read_predictions, record_predictions
from interference.errors import BadInput
from interference.external.class_name_files import read_class_file, read_class_names
from interference.external.record import Record
from interference.external.run_names import with_given_names
from stages import look


def written(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, name: str = "mine.csv", **options: Any) -> Record:
    (record,) = read_predictions(written(folder, text, name), **options)
    return record


def counts(record: Record, epoch: int = -1) -> list[list[int]]:
    return record.cells["test"][epoch][0].tolist()


def counted(record: Record) -> dict[tuple[str, str], int]:
    """The counts by the texts of true and predicted class, without zeros."""
    cells, _ = record.cells["test"][-1]
    names = record.classes.labels
    return {
        (names[label], names[predicted]): int(cells[label, predicted])
        for label, predicted in np.argwhere(cells).tolist()
    }


def refused(folder: Path, text: str, name: str = "mine.csv", **options: Any) -> str:
    with pytest.raises(BadInput) as error:
        read(folder, text, name, **options)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{folder}/")


# A label is the text of the file


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("label", "predicted", "labels"),
    [
        (["007", "7", "10"], ["007", "10", "7"], ["007", "7", "10"]),
        (["-1", "0", "1"], ["-1", "1", "1"], ["-1", "0", "1"]),
        (["1.10", "1.1", "1.2"], ["1.10", "1.2", "1.1"], ["1.1", "1.10", "1.2"]),
        (["2020-01-01", "2020-01-02"], ["2020-01-01", "2020-01-01"], ["2020-01-01", "2020-01-02"]),
        (["0", "1", "reject"], ["0", "reject", "0"], ["0", "1", "reject"]),
        (["1e3", "1000"], ["1e3", "1e3"], ["1000", "1e3"]),
        (["true", "false"], ["true", "true"], ["false", "true"]),
        (["٣", "3"], ["٣", "٣"], ["3", "٣"]),
        (["nan", "a"], ["a", "a"], ["a", "nan"]),
    ],
)
def test_a_label_keeps_the_spelling_of_the_file(
    tmp_path: Path, suffix: str, label: list[str], predicted: list[str], labels: list[str]
):
    frame = pd.DataFrame({"label": label, "predicted": predicted})
    if suffix == "csv":
        text = frame.to_csv(index=False)
    else:
        text = frame.to_json(orient="records", lines=True, force_ascii=False)
    record = read(tmp_path, text, f"mine.{suffix}")
    assert sorted(record.classes.labels) == sorted(labels)
    assert counted(record) == frame.value_counts().to_dict()


def test_whole_numbers_are_sorted_as_numbers_and_zeros_in_front_make_another_class(tmp_path: Path):
    record = read(tmp_path, "label,predicted\n10,007\n7,7\n-2,10\n")
    assert record.classes.labels == ("-2", "007", "7", "10")
    assert record.notes == ["labels that look alike are different classes: '007' and '7'"]


def test_numbers_in_json_keep_their_spelling(tmp_path: Path):
    lines = '{"label": 1.10, "predicted": 1.1}\n{"label": 1.1, "predicted": 1.10}\n'
    assert read(tmp_path, lines, "mine.jsonl").classes.labels == ("1.1", "1.10")


def test_names_like_numbers_are_names_and_not_positions(tmp_path: Path):
    record = read(
        tmp_path, "label,predicted\n01,01\n02,02\n10,02\n", classes=["01", "02", "03", "10"]
    )
    assert counted(record) == {("01", "01"): 1, ("02", "02"): 1, ("10", "02"): 1}
    assert record.notes == []


def test_negative_numbers_may_be_named(tmp_path: Path):
    record = read(tmp_path, "label,predicted\n-1,-1\n0,1\n1,1\n", classes=[-1, 0, 1])
    assert counts(record) == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert record_predictions([-1, 0, 1], [-1, 1, 1]).classes.labels == ("-1", "0", "1")


@pytest.mark.parametrize("spelling", ["0", "00", "0.0"])
def test_numbers_that_are_no_names_count_the_names_and_that_is_said(tmp_path: Path, spelling: str):
    text = f"label,predicted\n{spelling},{spelling.replace('0', '1', 1)}\n"
    if spelling == "00":
        text = "label,predicted\n00,01\n"
    record = read(tmp_path, text, classes=["ant", "bee"])
    assert counts(record) == [[0, 1], [0, 0]]
    assert record.notes == ["whole numbers count the class names from 0, 0 is ant"]


def test_positions_of_names_that_are_numbers_are_decided_for_both_columns_at_once(tmp_path: Path):
    names = ["1", "2", "3"]
    record = read(tmp_path, "label,predicted\n0,1\n1,2\n2,2\n", classes=names)
    assert counts(record) == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert "0 is 1" in record.notes[0]
    record = read(tmp_path, "label,predicted\n1,1\n3,2\n", classes=names)
    assert counts(record) == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert refused(tmp_path, "label,predicted\n0,x\n", classes=names) == (
        "mine.csv: label: found 0, allowed: the names 1, 2, 3"
    )


def test_keys_of_names_never_stand_for_numbers(tmp_path: Path):
    record = read(tmp_path, "label,predicted\n0,1\n", classes=["#1", "#0"])
    assert counted(record) == {("#1", "#0"): 1}


def test_unicode_forms_of_one_text_are_one_class_and_that_is_said(tmp_path: Path):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    text = f"label,predicted\n{composed},{decomposed}\nthé,thé\n"
    record = read(tmp_path, text)
    assert record.classes.labels == (composed, "thé")
    assert counts(record) == [[1, 0], [0, 1]]
    assert record.notes == [
        f"labels in two Unicode forms that look the same are one class: {composed}"
    ]
    named = read(tmp_path, text, classes=[decomposed, "thé"])
    assert counts(named) == [[1, 0], [0, 1]]


def test_labels_that_differ_in_case_or_width_are_classes_of_their_own_and_that_is_said(
    tmp_path: Path,
):
    record = read(tmp_path, "label,predicted\nCat,cat\ncat,Cat\n\uff11,1\n1,\uff11\n")
    assert len(record.classes) == 4
    assert record.notes == [
        "labels that look alike are different classes: '1' and '\uff11', 'Cat' and 'cat'"
    ]


@pytest.mark.parametrize(
    "columns", [("True,1", "False,1", "True,0"), ("1,TRUE", "0,TRUE", "1,false")]
)
def test_truth_values_beside_0_and_1_are_1_and_0(tmp_path: Path, columns: tuple[str, ...]):
    record = read(tmp_path, "label,predicted\n" + "\n".join(columns))
    assert record.classes.labels == ("0", "1")
    assert counts(record) == [[0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "label,predicted\ncat,0\ndog,1\n",
            "mine.csv: label and predicted: found names and numbers (label cat, dog; predicted 0, "
            "1), allowed: one of them, unless the classes are named in label order (--classes)",
        ),
        (
            "label,predicted\ncat,cat\ndog,\n",
            "mine.csv: predicted, row 2 (line 3): empty, allowed: a value in every row",
        ),
        (
            "label,predicted\ncat,cat\ndog,   \n",
            "mine.csv: predicted, row 2 (line 3): empty, allowed: a value in every row",
        ),
        (
            "label,predicted\n1,1\n2,NA\n",
            "mine.csv: predicted, row 2 (line 3): empty (NA), allowed: a value in every row",
        ),
    ],
)
def test_columns_that_hold_no_classes_are_refused(tmp_path: Path, text: str, message: str):
    assert refused(tmp_path, text) == message


def test_blank_rows_are_passed_over_and_counted(tmp_path: Path):
    record = read(tmp_path, "file,label,predicted\nx,a,b\n,,\ny,b,b\n,,\n")
    assert counts(record) == [[0, 1], [0, 1]]
    assert record.notes == ["passed over 2 blank rows"]
    assert refused(tmp_path, "file,label,predicted\nx,a,b\ny,,\n") == (
        "mine.csv: label, row 2 (line 3): empty, allowed: a value in every row"
    )


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("label,predicted\n1,1\n\n2,2\n1,NA\n", "mine.csv", "row 3 (line 5)"),
        ("label,predicted\n1,1\n,\n2,2\n1,NA\n", "mine.csv", "row 4 (line 5)"),
        ('note,label,predicted\n"a\nb",1,1\nc,2,\n', "mine.csv", "row 2 (line 4)"),
        ("\n\nlabel,predicted\n,1\n", "mine.csv", "row 1 (line 4)"),
        (
            '{"label": 1, "predicted": 1}\n\n{"label": 1, "predicted": "  "}\n',
            "mine.jsonl",
            "row 2 (line 3)",
        ),
    ],
)
def test_a_row_of_a_text_file_is_named_with_its_line(
    tmp_path: Path, text: str, name: str, place: str
):
    assert f", {place}: empty" in refused(tmp_path, text, name)


def test_a_row_of_another_file_has_no_line(tmp_path: Path):
    frame = pd.DataFrame({"label": ["a", "b"], "predicted": ["a", None]})
    frame.to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(BadInput, match=r"predicted, row 2: empty"):
        read_predictions(tmp_path / "mine.parquet")


@pytest.mark.parametrize("separator", [",", " "])
def test_a_matrix_without_class_names_is_told_what_it_lacks(tmp_path: Path, separator: str):
    np.savetxt(tmp_path / "mine.csv", np.arange(9).reshape(3, 3), delimiter=separator)
    with pytest.raises(BadInput) as error:
        read_predictions(tmp_path / "mine.csv")
    advice = "; a matrix of counts needs the class names in its first row and column; name a"
    assert advice in str(error.value)


@pytest.mark.parametrize("name", ["mine.npy", "mine.npz", "mine.json"])
def test_files_of_arrays_are_sent_to_the_library(tmp_path: Path, name: str):
    message = refused(tmp_path, "", name)
    assert message.endswith("; from arrays in Python: interference.record_predictions")


def test_a_class_that_is_not_named_names_the_file_of_names(tmp_path: Path):
    names = written(tmp_path, "cat\ndog\n", "short.txt")
    path = written(tmp_path, "label,predicted\n0,1\n2,0\n")
    with pytest.raises(BadInput) as error:
        look.main([path], tmp_path / "look", classes=names)
    assert str(error.value) == (
        f"{path}: label: found 2, allowed: 0 to 1, or the names cat, dog, which are those of "
        f"{names}"
    )


def test_a_look_is_not_written_into_a_file(tmp_path: Path):
    path = written(tmp_path, "label,predicted\na,b\nb,b\n")
    with pytest.raises(BadInput) as error:
        look.main([path], path)
    assert str(error.value) == (
        f"--out: found {path}, which is a file, allowed: a folder to write into"
    )


# Columns by their names


@pytest.mark.parametrize(
    "header",
    [
        "filename,true_label_idx,true_label,predicted_label_idx,predicted_label",
        "Filename,x,Actual,y1,Predicted",
        "id,text,gold_label,z,pred_label",
        "a,b,y_true,c,y_pred",
        "a,b,Target,c,Prediction",
        "a,b,ground-truth,c,y hat",
        "a,b,Label,c,Output",
        "a,b,class,c,preds",
    ],
)
def test_columns_are_known_by_their_usual_names_in_any_case(tmp_path: Path, header: str):
    record = read(tmp_path, f"{header}\np,0,cat,0,cat\nq,1,dog,0,cat\n")
    assert counted(record) == {("cat", "cat"): 1, ("dog", "cat"): 1}
    names = header.split(",")
    assert len(record.notes) == 1
    assert names[4] in record.notes[0]


def test_columns_of_class_numbers_do_where_there_are_none_of_names(tmp_path: Path):
    record = read(tmp_path, "true_label_idx,predicted_label_idx\n0,1\n1,1\n")
    assert counts(record) == [[0, 1], [0, 1]]


def test_any_column_can_be_named(tmp_path: Path):
    text = "wahr,geraten,teil,runde\na,b,val,1\nb,b,val,1\na,a,train,2\na,a,val,2\n"
    columns = {"label": "wahr", "predicted": "geraten", "split": "teil", "epoch": "runde"}
    record = read(tmp_path, text, columns=columns)
    assert counts(record, 1) == [[0, 1], [0, 1]]
    assert list(record.cells) == ["test", "train"]
    assert record.notes == ["split val is shown as test"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "image,score",
            "mine.csv: lacks label, predicted; found columns image, score; name a column with "
            "--label for the true classes and with --predicted for the predicted classes",
        ),
        (
            "y_true,target,y_pred",
            "mine.csv: found y_true, target for the true classes, allowed: one; name it with "
            "--label",
        ),
    ],
)
def test_columns_that_are_missing_or_unclear_are_asked_for(
    tmp_path: Path, header: str, message: str
):
    row = ",".join("a" for _ in header.split(","))
    assert refused(tmp_path, f"{header}\n{row}\n") == message


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("label,prob_neg,prob_pos\na,0.5,0.5\nb,1,0\n", "--scores prob_neg,prob_pos"),
        ("label,row,prob_pos\na,1,0.5\nb,2,1e-3\n", "--scores prob_pos --threshold 0.5"),
        (
            f"id,label,{','.join(f'prob_{number}' for number in range(13))}\n7,a{',0.1' * 13}\n",
            "--scores 'prob_*'",
        ),
    ],
)
def test_scores_without_predicted_classes_are_pointed_out(tmp_path: Path, text: str, options: str):
    message = refused(tmp_path, text)
    assert "--predicted for the predicted classes" in message
    assert message.endswith(f", or the scores with {options}")


def test_a_list_of_scores_without_predicted_classes_is_pointed_out(tmp_path: Path):
    text = '{"label": "a", "logits": [0.5, 1]}\n{"label": "b", "logits": [2, 1]}\n'
    message = refused(tmp_path, text, "mine.jsonl")
    assert message.endswith(", or the scores with --scores logits")


def test_columns_without_fractions_are_no_scores(tmp_path: Path):
    assert "--scores" not in refused(tmp_path, "label,height,said\na,3,b\nb,4,c\n")


def test_a_column_of_no_known_meaning_is_refused(tmp_path: Path):
    message = refused(tmp_path, "label,predicted\na,b\n", columns={"lable": "label"})
    assert message.startswith("columns: found 'lable', allowed: label, predicted, split")


def test_a_column_without_a_name_is_known_as_pandas_calls_it(tmp_path: Path):
    text = ",label,predicted\n4,cat,dog\n7,dog,dog\n"
    record = read(tmp_path, text, columns={"index": "Unnamed: 0"})
    assert record.final_predictions["test"]["index"].tolist() == [4, 7]
    message = refused(tmp_path, text, columns={"index": "number"})
    assert message == (
        "mine.csv: --index: found 'number', allowed: one of its columns '' (a column without a "
        "name), label, predicted"
    )
    message = refused(tmp_path, text.replace("7", "4"), columns={"index": "Unnamed: 0"})
    assert message.startswith("mine.csv: '' (a column without a name), row 2: found 4 a second")
    assert "found 'Unnamed: 1'" in refused(tmp_path, text, columns={"index": "Unnamed: 1"})


def test_a_column_that_is_named_and_absent_is_refused(tmp_path: Path):
    message = refused(tmp_path, "label,predicted\na,b\n", columns={"label": "truth"})
    assert message == (
        "mine.csv: --label: found 'truth', allowed: one of its columns label, predicted"
    )


@pytest.mark.parametrize("split", ["val", "Validation", "valid", "dev", "TEST"])
def test_validation_rows_are_the_split_test(tmp_path: Path, split: str):
    record = read(tmp_path, f"split,label,predicted\n{split},a,b\nTraining,b,b\n")
    assert list(record.cells) == ["test", "train"]


def test_beside_test_rows_validation_rows_are_passed_over_and_that_is_said(tmp_path: Path):
    record = read(tmp_path, "split,label,predicted\nval,a,a\nval,a,b\ntest,b,b\ntest,a,a\n")
    assert counts(record) == [[1, 0], [0, 1]]
    assert record.notes == ["passed over 2 rows of split val, since there are rows of test"]


def test_a_count_column_is_used_said_and_can_be_switched_off(tmp_path: Path):
    text = "text,count,label,predicted\nhello there,2,cat,cat\nx,1,dog,cat\n"
    record = read(tmp_path, text)
    assert counts(record) == [[2, 0], [1, 0]]
    assert record.notes == [
        "a row counts as often as column count says; --count none counts every row once"
    ]
    plain = read(tmp_path, text, columns={"count": "none"})
    assert (counts(plain), plain.notes) == ([[1, 0], [1, 0]], [])


def test_weights_are_never_passed_over_silently(tmp_path: Path):
    text = "label,predicted,sample_weight\na,a,3\nb,a,2\n"
    record = read(tmp_path, text)
    assert counts(record) == [[1, 0], [1, 0]]
    assert record.notes == [
        "column sample_weight is not used; --count sample_weight counts a row as often as it says, "
        "if it holds whole numbers"
    ]
    weighted = read(tmp_path, text, columns={"count": "sample_weight"})
    assert (counts(weighted), weighted.notes) == ([[3, 0], [2, 0]], [])
    assert refused(
        tmp_path, text.replace("3", "0.5"), columns={"count": "sample_weight"}
    ).startswith("mine.csv: sample_weight: allowed: whole numbers from 0")


@pytest.mark.parametrize("values", [("img_1", "img_2"), ("-1", "2"), ("3", "3")])
def test_a_column_of_another_meaning_can_be_switched_off(tmp_path: Path, values: tuple[str, str]):
    text = "index,label,predicted\n{},a,b\n{},b,b\n".format(*values)
    assert refused(tmp_path, text).endswith("give --index none")
    assert counts(read(tmp_path, text, columns={"index": "none"})) == [[0, 1], [0, 1]]


def test_truth_values_in_json_keep_their_spelling(tmp_path: Path):
    lines = '{"label": true, "predicted": false}\n{"label": false, "predicted": false}\n'
    assert read(tmp_path, lines, "mine.jsonl").classes.labels == ("false", "true")


def test_counts_beyond_32_bits_are_kept(tmp_path: Path):
    record = read(
        tmp_path, "label,predicted,count\nroad,road,2000000000\nroad,road,2000000000\ncar,car,5\n"
    )
    assert counts(record) == [[5, 0], [0, 4_000_000_000]]
    record.save(tmp_path)
    (again,) = read_predictions(tmp_path / "cctm" / "mine.parquet")
    assert counts(again) == [[5, 0], [0, 4_000_000_000]]


# Scores


def test_scores_in_columns_predict_the_class_of_the_highest(tmp_path: Path):
    text = "label,prob_cat,prob_cow,prob_dog\ncat,.1,.2,.7\ncow,.1,.8,.1\ndog,.4,.35,.25\n"
    record = read(tmp_path, text, scores=["prob_*"])
    assert record.classes.labels == ("cat", "cow", "dog")
    assert counted(record) == {("cat", "dog"): 1, ("cow", "cow"): 1, ("dog", "cat"): 1}
    second = read(tmp_path, text, scores=["prob_*"], top_k=2)
    assert counted(second) == {("cat", "dog"): 1, ("cow", "cow"): 1, ("dog", "cat"): 1}
    text = text.replace(".1,.2,.7", ".3,.2,.7")
    second = read(tmp_path, text, scores=["prob_*"], top_k=2)
    assert counted(second) == {("cat", "cat"): 1, ("cow", "cow"): 1, ("dog", "cat"): 1}


def test_numbered_columns_of_scores_count_the_names(tmp_path: Path):
    text = "label,p0,p1\n0,.9,.1\n1,.6,.4\n"
    assert counts(read(tmp_path, text, scores=["p0", "p1"])) == [[1, 0], [1, 0]]
    named = read(tmp_path, text, scores=["p?"], classes=["ant", "bee"])
    assert counted(named) == {("ant", "ant"): 1, ("bee", "ant"): 1}


def test_a_list_of_scores_is_refused_unless_it_is_named(tmp_path: Path):
    path = tmp_path / "mine.parquet"
    lists = pd.DataFrame({"label": [0, 1], "predicted": [[0.9, 0.1], [0.6, 0.4]]})
    lists.to_parquet(path)
    with pytest.raises(BadInput, match=r"predicted: found lists, allowed: .* with --scores"):
        read_predictions(path)
    (record,) = read_predictions(path, scores=["predicted"])
    assert counts(record) == [[1, 0], [1, 0]]
    (record,) = read_predictions(path, scores=["predicted"], threshold=0.3)
    assert counts(record) == [[1, 0], [0, 1]]
    line = '{"label": 1, "predicted": [0.2, 0.3, 0.5]}\n'
    assert counts(read(tmp_path, line, "l.jsonl", scores=["predicted"])) == [
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 0],
    ]


def test_one_score_needs_a_threshold(tmp_path: Path):
    text = "label,score\n0,0.2\n1,0.7\n1,0.4\n"
    assert "found one score in a row, allowed: with --threshold" in refused(
        tmp_path, text, scores=["score"]
    )
    record = read(tmp_path, text, scores=["score"], threshold=0.5)
    assert counts(record) == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "label,p0,p1\n0,.1,\n",
            {"scores": ["p?"]},
            "mine.csv: scores, row 1 (line 2): empty or nan",
        ),
        ("label,p0,p1\n0,.1,x\n", {"scores": ["p?"]}, "mine.csv: p1: allowed: numbers"),
        (
            "label,p0,p1\n0,.1,.9\n",
            {"scores": ["q*"]},
            "mine.csv: --scores: found 'q*', allowed: names",
        ),
        (
            "label,p0,p1\n0,.1,.9\n",
            {"scores": "p?", "classes": ["a", "b", "c"]},
            "mine.csv: classes: found 3 names for 2 scores in a row, allowed: a name for each",
        ),
        (
            "label,p0,p1\n0,.1,.9\n",
            {"scores": ["p?"], "top_k": 2},
            "mine.csv: --top-k: found 2, allowed: 1",
        ),
        (
            "label,p0,p1,p2\n0,.1,.9,0\n",
            {"scores": ["p?"], "threshold": 0.5},
            "mine.csv: --threshold: found 3 scores in a row, allowed: scores of two classes",
        ),
    ],
)
def test_scores_that_will_not_do_are_refused(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
):
    assert refused(tmp_path, text, **options).startswith(message)


def test_a_threshold_alone_takes_the_predicted_column_for_scores(tmp_path: Path):
    record = read(tmp_path, "label,predicted\n0,0.2\n1,0.7\n1,0.4\n", threshold=0.5)
    assert counts(record) == [[1, 0], [1, 1]]
    assert refused(tmp_path, "label,predicted\n0,1\n", top_k=2).startswith("--top-k: needs the")


# Several runs


def test_a_column_of_runs_makes_runs_or_its_pooling_is_said(tmp_path: Path):
    text = "seed,label,predicted\n2,a,a\n10,a,b\n2,b,b\n10,b,b\n"
    pooled = read(tmp_path, text)
    assert counts(pooled) == [[1, 1], [0, 2]]
    assert pooled.notes == [
        "pooled the rows of 2 values of column seed (2, 10); --run seed makes each a run"
    ]
    first, second = read_predictions(tmp_path / "mine.csv", columns={"run": "seed"})
    assert (first.name, second.name) == ("seed-2", "seed-10")
    assert (counts(first), counts(second)) == ([[1, 0], [0, 1]], [[0, 1], [0, 1]])
    assert first.notes == second.notes == []
    assert read(tmp_path, text, columns={"run": "none"}).notes == []


def test_images_that_several_runs_predict_ask_for_the_column_of_runs(tmp_path: Path):
    text = "model,index,label,predicted\nx,0,a,a\ny,0,a,b\n"
    assert refused(tmp_path, text).endswith("if the rows are of several runs, give --run model")
    assert [
        record.name for record in read_predictions(tmp_path / "mine.csv", columns={"run": "model"})
    ] == ["x", "y"]


def test_files_of_one_name_are_named_by_their_folders_or_by_the_user(tmp_path: Path):
    files = [
        written(tmp_path, "label,predicted\na,b\n", f"{seed}/test.csv") for seed in ("s1", "s2")
    ]
    assert [record.name for record in read_predictions(files)] == ["s1", "s2"]
    other = written(tmp_path, "label,predicted\na,b\n", "s2/val.csv")
    names = [record.name for record in read_predictions([*files, other])]
    assert names == ["s1-test", "s2-test", "s2-val"]
    named = with_given_names([Path(f"first={files[0]}"), files[1]])
    assert [record.name for record in read_predictions(named)] == ["first", "test"]
    with pytest.raises(BadInput, match="a second run named 'x', allowed: different names"):
        with_given_names([Path(f"x={files[0]}"), Path(f"x={files[1]}")])


@pytest.mark.parametrize(
    ("file", "name"), [("-a b.csv", "a_b"), (".x.csv", "x"), ("x" * 120 + ".csv", "x" * 100)]
)
def test_a_run_is_named_as_its_file_without_signs_that_no_name_has(
    tmp_path: Path, file: str, name: str
):
    assert read(tmp_path, "label,predicted\na,b\n", file).name == name


# Kinds of files


def test_a_matrix_of_counts_is_read_with_its_names_in_their_order(tmp_path: Path):
    record = read(tmp_path, ",dog,cat,cow\ndog,5,1,0\ncat,2,3,0\ncow,0,0,0\n")
    assert record.classes.labels == ("dog", "cat", "cow")
    assert counts(record) == [[5, 1, 0], [2, 3, 0], [0, 0, 0]]
    assert record.notes == ["read a matrix of counts, a row for each true class"]


def test_a_matrix_says_which_way_it_lies_and_leaves_out_its_sums(tmp_path: Path):
    record = read(tmp_path, "Prediction/Reference;a;b;All\na;5;1;6\nb;2;3;5\nAll;7;4;11\n")
    assert counts(record) == [[5, 2], [1, 3]]
    assert record.notes == [
        "read a matrix of counts, a row for each predicted class (Prediction/Reference); left out "
        "its row and column All, which hold sums"
    ]


def test_a_matrix_of_rates_is_refused(tmp_path: Path):
    assert refused(tmp_path, "true,a,b\na,0.5,0.5\nb,0,1\n") == (
        "mine.csv: row 1, column a: found '0.5' in a matrix of counts, allowed: whole numbers of "
        "images; rates cannot be counted"
    )


@pytest.mark.parametrize(
    ("name", "separator"),
    [("m.CSV", ","), ("m.tsv", "\t"), ("m.txt", ";"), ("m.csv.gz", ","), ("m.TXT.GZ", "\t")],
)
def test_text_files_of_all_suffixes_are_read(tmp_path: Path, name: str, separator: str):
    text = "label,predicted\na,b\nb,b\n".replace(",", separator).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.lower().endswith("gz") else text)
    (record,) = read_predictions(tmp_path / name)
    assert (record.name, counts(record)) == ("m", [[0, 1], [0, 1]])


def test_a_damaged_archive_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(b"label,predicted\na,b\n" * 99)[:40])
    with pytest.raises(BadInput, match=r"m\.csv\.gz: not a readable csv"):
        read_predictions(tmp_path / "m.csv.gz")


@pytest.mark.parametrize(
    "text",
    [
        "label,predicted\na,b\nb,b\n",
        '\n{"label": "a", "predicted": "b"}\n\n{"predicted": "b", "label": "b"}\n',
    ],
)
def test_standard_input_is_read_by_its_content(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    (record,) = read_predictions("-")
    assert (record.name, counts(record)) == ("predictions", [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "mine.jsonl: line 1: no JSON"),
        ("[1]", "mine.jsonl: line 1: found list, allowed: an object"),
        ('{"label": {"a": 1}, "predicted": 1}', "mine.jsonl: label: found objects, allowed: texts"),
        ("", "mine.jsonl: no rows, allowed: at least one"),
        ('{"label": 1}', "mine.jsonl: lacks predicted; found columns label"),
    ],
)
def test_lines_that_are_no_rows_are_refused(tmp_path: Path, line: str, message: str):
    assert refused(tmp_path, line, "mine.jsonl").startswith(message)


def test_the_names_of_a_hugging_face_class_label_are_the_classes(tmp_path: Path):
    names = {
        "info": {"features": {"label": {"names": ["neg", "pos", "mix"], "_type": "ClassLabel"}}}
    }
    table = pa.table({"label": [0, 1, 1], "predicted": [1, 1, 0]})
    metadata = {b"huggingface": json.dumps(names).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "mine.parquet")
    (record,) = read_predictions(tmp_path / "mine.parquet")
    assert record.classes.labels == ("neg", "pos", "mix")
    assert counts(record) == [[0, 1, 0], [1, 1, 0], [0, 0, 0]]
    hidden = table.set_column(0, "label", pa.array([0, -1, 1])).replace_schema_metadata(metadata)
    pq.write_table(hidden, tmp_path / "mine.parquet")
    with pytest.raises(BadInput, match="label: found -1, which stands for no label"):
        read_predictions(tmp_path / "mine.parquet")


def test_categories_keep_their_order_and_those_without_images(tmp_path: Path):
    categories = ["small", "medium", "large"]
    frame = pd.DataFrame(
        {
            "label": pd.Categorical(["large", "small"], categories),
            "predicted": pd.Categorical(["small", "small"], categories),
        }
    )
    frame.to_parquet(tmp_path / "mine.parquet")
    (record,) = read_predictions(tmp_path / "mine.parquet")
    assert record.classes.labels == ("small", "medium", "large")
    assert counts(record) == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    frame.assign(predicted=["huge", "small"]).to_parquet(tmp_path / "mine.parquet")
    (record,) = read_predictions(tmp_path / "mine.parquet")
    assert record.classes.labels == ("small", "medium", "large", "huge")


# Files of class names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "cat\n\n dog \ncow\n"),
        ("a.names", "cat\ndog\ncow"),
        ("a.txt", "0 cat\n2: cow\n1 dog\n"),
        ("a.txt", "{0: 'cat',\n 1: 'dog',\n 2: 'cow'}"),
        ("a.yaml", "names:\n- cat\n- dog\n- cow\n"),
        ("a.yaml", "path: x\nnc: 3\nnames:\n  0: cat\n  1: dog\n  2: cow\n"),
        ("a.yml", "- cat\n- dog\n- cow\n"),
        ("a.json", '["cat", "dog", "cow"]'),
        ("a.json", '{"cat": 0, "cow": 2, "dog": 1}'),
        ("a.json", '{\n\t"id2label": {"0": "cat", "1": "dog", "2": "cow"}}'),
        ("a.csv", "id,name\n0,cat\n1,dog\n2,cow\n"),
        ("a.csv", "name;class_id\ncow;2\ncat;0\ndog;1\n"),
        ("a.csv", "0,cat\n1,dog\n2,cow\n"),
        ("a.csv", "class_name\ncat\ndog\ncow\n"),
        ("a.tsv", "label\tname\n0\tcat\n1\tdog\n2\tcow\n"),
    ],
)
def test_class_names_are_read_by_the_kind_of_their_file(tmp_path: Path, name: str, text: str):
    assert read_class_names(written(tmp_path, text, name)) == ["cat", "dog", "cow"]


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "- no\n- 1.10\n- null\n"), ("a.json", '["no", 1.10, "null"]')]
)
def test_names_are_texts_whatever_they_look_like(tmp_path: Path, name: str, text: str):
    assert read_class_names(written(tmp_path, text, name)) == ["no", "1.10", "null"]


def test_repeated_names_are_told_apart_and_that_is_said(tmp_path: Path):
    names = read_class_file(written(tmp_path, "crane\nheron\ncrane\n", "twice.txt"))
    assert names.names == ["crane (0)", "heron", "crane (2)"]
    assert names.notes[0].endswith(
        "twice.txt: repeated class names have the number of their class: crane (0), crane (2)"
    )
    text = "label,predicted\n0,2\n1,1\n"
    assert counts(read(tmp_path, text, classes=names.names)) == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "found no class names"),
        ("a.json", '{"a": {"b": 1}}', "found no class names, allowed: a list of names"),
        ("a.json", '{"cat": 1, "dog": 2}', "found classes numbered 1, 2, allowed: 0 to 1"),
        ("a.yaml", "nc: 3\nnames: [cat, dog]\n", "found 2 names beside nc: 3, allowed: as many"),
        ("a.yaml", "a: [", "not readable"),
        ("a.csv", "id,name\n0,cat\n0,dog\n", "row 2: found id 0 a second time"),
        ("a.csv", "colour,shape\nred,round\n", "found columns colour, shape, allowed: id and name"),
        ("a.csv", "id,name\n0,cat\n5,dog\n", "found classes numbered 0, 5, allowed: 0 to 1"),
        ("a.csv", "id,name\n0,cat\n1,\n", "class 1: empty, allowed: a name for every class"),
    ],
)
def test_class_names_that_will_not_do_are_refused(
    tmp_path: Path, name: str, text: str, message: str
):
    with pytest.raises(BadInput) as error:
        read_class_names(written(tmp_path, text, name))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


# The command


@pytest.mark.slow
def test_a_look_says_what_it_took_for_granted_on_the_terminal_and_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    text = "seed,y_true,y_pred\n1,0,0\n1,1,0\n2,0,0\n2,1,1\n,,\n"
    names = written(tmp_path, "names: [cat, dog]\n", "names.yaml")
    path = written(tmp_path, text)
    look.main([path], tmp_path / "look", classes=names, run_column="seed")
    lines = [
        "seed-1: classes 2; epochs unknown; images test 2",
        "seed-1, seed-2: passed over 1 blank row",
        "seed-1, seed-2: read the true classes from y_true, the predicted classes from y_pred",
        "seed-1, seed-2: whole numbers count the class names from 0, 0 is cat",
        "test accuracy of 2 runs: mean 75.00 %, standard deviation 35.36",
    ]
    said = capsys.readouterr().out.splitlines()
    page = (tmp_path / "look" / "report.html").read_text()
    seed_1 = (
        "seed-1: accuracy 50.00 %; most confused: cat\u2013dog 100.0 (20.7\u2013179.3), in percent "
    )
    assert f"{seed_1}of their images, both ways added: 1 of 1 errors (100 %)" in said
    assert "seed-2: accuracy 100.00 %; no class is predicted as another" in said
    for line in lines:
        assert said.count(line) == 1
        assert f"<li>{line}</li>" in page


OURS = {
    "classes": ["a", "b"],
    "labels": ["a", "b"],
    "run": {"name": "x", "net": "x", "optim": "given", "setup": {}, "data": {"name": "d"}},
    "made_by": {},
}


@pytest.mark.parametrize(
    "change",
    [
        {"run": {}},
        {"run": [1]},
        {"run": OURS["run"] | {"optim": "/../../outside/x"}},
        {"run": OURS["run"] | {"data": "d"}},
        {"run": {key: value for key, value in OURS["run"].items() if key != "setup"}},
        {"classes": [1, 2]},
        {"classes": ["a"]},
        {"made_by": [1]},
    ],
)
def test_a_table_with_odd_metadata_is_refused_in_one_line(change: dict, tmp_path: Path):
    meta = {key: json.dumps(value) for key, value in (OURS | change).items()}
    table = pa.table({"label": [0, 1], "predicted": [1, 1]}).replace_schema_metadata(meta)
    pq.write_table(table, tmp_path / "theirs.parquet")
    with pytest.raises(BadInput, match=r"theirs\.parquet: (metadata|classes)") as caught:
        read_predictions(tmp_path / "theirs.parquet")
    assert "\n" not in str(caught.value)
