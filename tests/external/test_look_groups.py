"""`interference look` with groups of classes, and with runs that share errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interference.errors import BadInput
from stages import look
from tests.study.test_overlap import three_runs


def saved(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("label,predicted\ncat,dog\ncat,cat\ndog,car\ncar,car\n")
    return path


def test_a_look_writes_the_errors_of_groups_and_all_scores(tmp_path: Path):
    groups = tmp_path / "g.yaml"
    groups.write_text("pets: [cat, dog]\n")
    out = tmp_path / "look"
    look.main([saved(tmp_path)], out, groups=str(groups), formats=["svg"])
    frame = pd.read_csv(out / "groups.csv")
    assert frame[["group", "within", "beyond"]].to_numpy().tolist() == [
        ["pets", 1, 1],
        ["other", 0, 0],
    ]
    scores = pd.read_csv(out / "scores.csv").set_index("class")
    assert scores.loc["cat", "recall"] == 0.5
    assert 'id="groups"' in (out / "report.html").read_text(encoding="utf-8")


def test_a_group_that_names_no_class_ends_the_look(tmp_path: Path):
    groups = tmp_path / "g.yaml"
    groups.write_text("pets: [lion]\n")
    out = tmp_path / "look"
    with pytest.raises(BadInput, match="pets: found 'lion', allowed: car, cat, dog"):
        look.main([saved(tmp_path)], out, groups=str(groups))
    assert not out.exists()


@pytest.mark.slow
def test_three_runs_that_share_errors_have_lines_tables_and_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    files = []
    for record in three_runs():
        frame = record.final_predictions["test"]
        names = np.array(record.classes.labels)
        columns = {
            "index": frame["index"],
            "label": names[frame["label"]],
            "predicted": names[frame["predicted"]],
        }
        files.append(tmp_path / f"{record.name}.csv")
        pd.DataFrame(columns).to_csv(files[-1], index=False)
    out = tmp_path / "look"
    look.main(files, out, formats=["svg"])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("shared errors: 6 of 60 test images")]
    assert [line for line in lines if line.startswith("data or training: ")]
    assert (out / "figures" / "shared-errors.svg").exists()
    assert pd.read_csv(out / "shared_errors.csv").loc[0, "all"] == 6
    assert len(pd.read_csv(out / "difficulty.csv")) == 15
