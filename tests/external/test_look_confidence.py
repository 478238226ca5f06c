"""`interference look` of predictions with confidences, and with a reference: files and lines."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interference.errors import BadInput
from stages import look

LABEL = np.repeat(["cat", "dog"], 60)
OWN = np.where(np.arange(120) < 15, "dog", LABEL)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    columns = {"index": np.arange(120), "label": LABEL}
    paths = []
    for name, predicted in (("mine", OWN), ("person", LABEL)):
        path = tmp_path / f"{name}.csv"
        pd.DataFrame({**columns, "predicted": predicted, "confidence": 0.95}).to_csv(path)
        paths.append(path)
    return paths


@pytest.mark.slow
def test_confidences_and_a_reference_have_files_lines_and_sections(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "look"
    look.main(files[:1], out, reference=str(files[1]))
    printed = capsys.readouterr().out.splitlines()
    assert (
        "mine: 15 of 15 errors have a confidence of at least 90 % (images 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...)"
        in printed
    )
    assert any(
        line.startswith("mine against person: cat\N{EN DASH}dog: 25.0 points more")
        for line in printed
    )
    assert not any(line.startswith("person:") for line in printed)
    assert pd.read_csv(out / "reference.csv").iloc[0]["excess"] == pytest.approx(25)
    assert pd.read_csv(out / "calibration.csv").iloc[0][["images", "right"]].tolist() == [120, 105]
    assert len(pd.read_csv(out / "confidence.csv")) == 15
    assert (out / "figures" / "calibration-mine.svg").exists()
    assert (out / "figures" / "reference-mine.svg").exists()
    page = (out / "report.html").read_text()
    assert '<section id="confidence"' in page
    assert '<section id="reference"' in page
    assert not (out / "cctm" / "person.parquet").exists()


@pytest.mark.slow
def test_votes_in_a_file_of_numpy_are_a_reference(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    votes = np.zeros((120, 2))
    votes[np.arange(120), (LABEL == "dog").astype(int)] = 10
    path = tmp_path / "people.npy"
    np.save(path, votes)
    look.main(files, tmp_path / "look", reference=str(path))
    printed = capsys.readouterr().out
    assert "mine against people: cat\N{EN DASH}dog: 25.0 points more" in printed
    assert "person against people: too few pairs are confused for a correlation" in printed


def test_references_that_will_not_do_are_refused_in_one_line(files: list[Path], tmp_path: Path):
    path = tmp_path / "no.npy"
    path.write_bytes(b"nothing")
    other = tmp_path / "other.csv"
    pd.DataFrame({"label": ["ape"], "predicted": ["fly"]}).to_csv(other, index=False)
    for reference, message in (
        (str(path), "not a readable npy"),
        (str(tmp_path / "absent.npy"), "no such file"),
        (str(tmp_path / "absent.csv"), "no such file"),
        (str(other), "found no class in both"),
    ):
        with pytest.raises(BadInput, match=message) as error:
            look.main(files[:1], tmp_path / "look", reference=reference)
        assert "\n" not in str(error.value)
        assert not (tmp_path / "look").exists()
    with pytest.raises(BadInput, match="--reference: found a file of predictions beside --run"):
        look.main(files[:1], tmp_path / "look", reference=str(files[1]), run_column="label")
