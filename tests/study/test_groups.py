"""Groups of classes: read from a file, counted, and refused if they do not fit the classes."""

import numpy as np
import pandas as pd
import pytest

from interference import record_predictions
from interference.classes import Classes
from interference.datasets.names import CIFAR100 as CIFAR100_NAMES
from interference.errors import BadInput
from interference.external import group_files, runs
from interference.external.superclasses import CIFAR100
from interference.study import groups as groups_of

CLASSES = Classes.from_labels(["Cat", "dog", "car", "truck", "tree"])
NAMED = {"pets": ["cat", "dog"], "=vehicles": ["truck", "car"]}


def tables():
    #          cat as dog, cat right, dog as car, truck as car, tree as cat
    truth = ["Cat"] * 5 + ["dog"] * 2 + ["truck"] * 4 + ["tree"] * 3
    predicted = ["dog"] * 2 + ["Cat"] * 3 + ["car"] * 2 + ["car"] * 4 + ["Cat"] + ["tree"] * 2
    record = record_predictions(truth, predicted, name="run", classes=CLASSES)
    return runs.tables_by_kind([record])["cctm"]


def test_errors_are_counted_within_each_group_and_beyond():
    groups = groups_of.of_names(NAMED, CLASSES, "groups.yaml")
    assert groups.names == ("pets", "=vehicles", "other")
    assert groups.of_class.tolist() == [0, 0, 1, 1, 2]
    frame = groups_of.of_run(groups, tables()["run"]).set_index("group")
    counts = frame[["classes", "images", "right", "within", "beyond"]]
    assert counts.loc["pets"].tolist() == [2, 7, 3, 2, 2]
    assert counts.loc["=vehicles"].tolist() == [2, 4, 0, 4, 0]
    assert counts.loc["other"].tolist() == [1, 3, 2, 0, 1]
    assert frame.loc["pets", "share"] == pytest.approx(0.5)


def test_the_counts_of_groups_are_sums_of_those_of_classes():
    groups = groups_of.of_names(NAMED, CLASSES, "groups.yaml")
    counts = np.arange(25).reshape(5, 5)
    added = groups.counts(counts)
    assert added[0, 1] == counts[:2, 2:4].sum()
    assert added.sum() == counts.sum()


def test_the_file_of_groups_is_safe_in_a_spreadsheet(tmp_path):
    groups = groups_of.of_names(NAMED, CLASSES, "groups.yaml")
    groups_of.save(groups, tables(), tmp_path)
    frame = pd.read_csv(tmp_path / "groups.csv")
    assert frame["group"].tolist() == ["pets", "'=vehicles", "other"]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"pets": ["lion"]}, "g.yaml: pets: found 'lion', allowed: Cat, dog"),
        ({"pets": []}, "g.yaml: pets: found no class, allowed: at least one"),
        ({"a": ["cat"], "b": ["cat"]}, "found 'cat' in a and in b, allowed: each class in one"),
        ({"other": ["cat"]}, "found a group 'other' that leaves out dog"),
    ],
)
def test_a_group_that_does_not_fit_is_one_line(named, message):
    with pytest.raises(BadInput) as error:
        groups_of.of_names(named, CLASSES, "g.yaml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_groups_are_lists_of_classes_by_name(tmp_path):
    path = tmp_path / "g.yaml"
    path.write_text("pets: [cat, dog]\nnumbers: [1, 2]\n")
    assert group_files.read(str(path)) == {"pets": ["cat", "dog"], "numbers": ["1", "2"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found no groups, allowed: lists of classes"),
        ("[cat, dog]", "found no groups"),
        ("pets: cat", "pets: found 'cat', allowed: a list of classes"),
        ("pets: [[cat]]", "pets: found [['cat']], allowed: a list of classes"),
        ("a: [cat\n", "not readable"),
    ],
)
def test_a_file_of_another_form_is_one_line(tmp_path, text, message):
    path = tmp_path / "g.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        group_files.read(str(path))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_absent_file_names_the_groups_that_are_known_by_name():
    with pytest.raises(BadInput, match="allowed: a YAML file of groups, or cifar100"):
        group_files.read("absent.yaml")


def test_the_superclasses_hold_every_class_of_cifar_100_once():
    members = [name for names in CIFAR100.values() for name in names]
    assert len(CIFAR100) == 20
    assert {len(names) for names in CIFAR100.values()} == {5}
    groups = groups_of.of_names(group_files.read("cifar100"), CIFAR100_NAMES, "cifar100")
    assert len(set(members)) == len(groups.of_class) == 100
    assert "other" not in groups.names
