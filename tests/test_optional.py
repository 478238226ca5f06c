"""A claim a test: without an optional part tests are skipped and listed, and where it is required
they fail.
"""

import os
import re
from pathlib import Path

import pytest

from tests import forks, optional
from tests.imports import ROOT
from tests.shared import made_once


def run_without_browser(folder: Path, *words: str, **more: str) -> tuple[int, str]:
    """The exit status and the output of pytest over a test that needs a browser, on a machine
    without one.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    environment.pop(optional.REQUIRE, None)
    environment |= {"PATH": str(folder), "PLAYWRIGHT_BROWSERS_PATH": str(folder), **more}
    command = ["pytest", "-q", "-p", "no:cacheprovider", *words, "tests/browser/test_docs.py"]
    result = forks.completed(command, ROOT, environment)
    return result.returncode, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_is_skipped_stands_in_a_table_with_the_reason_and_the_command(
    workers: str, tmp_path: Path
):
    status, output = run_without_browser(tmp_path, "-n", workers)
    assert status == 0
    assert re.search(
        r"^browser +1 +no Chromium on PATH and none of Playwright's +make browser$",
        output,
        re.MULTILINE,
    )


@pytest.mark.slow
def test_a_part_that_is_required_and_missing_fails_its_tests(tmp_path: Path):
    status, output = run_without_browser(tmp_path, INTERFERENCE_REQUIRE="ray,browser")
    assert status == 1
    assert (
        f"{optional.PARTS['browser'].reason}, and INTERFERENCE_REQUIRE lists browser: make browser"
        in output
    )


def test_a_required_part_that_does_not_exist_is_refused_with_the_names(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv(optional.REQUIRE, "browser,rays")
    with pytest.raises(ValueError, match=r"found rays, allowed: browser, cifar10, cifar10h, ray"):
        optional.required()


def test_ci_requires_parts_that_exist(monkeypatch: pytest.MonkeyPatch):
    (names,) = re.findall(
        rf"^export {optional.REQUIRE}=(\S+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    monkeypatch.setenv(optional.REQUIRE, names)
    assert "browser" in optional.required()


def test_a_command_that_brings_a_part_is_a_target_of_make():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [
        part.remedy.split()[1]
        for part in optional.PARTS.values()
        if part.remedy.startswith("make ")
    ]
    assert named
    assert set(named) <= set(targets)


def test_tests_outside_of_the_browsers_folder_import_nothing_that_drives_one():
    importing = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(
            r"^\s*(import|from) (playwright|axe_playwright)", path.read_text(), re.MULTILINE
        )
    ]
    assert importing
    assert {path.parent for path in importing} == {ROOT / "tests" / "browser"}


def test_a_shared_folder_is_made_once_and_again_after_a_failure(
    tmp_path_factory: pytest.TempPathFactory,
):
    calls = []

    def make(folder: Path) -> None:
        calls.append(folder)
        assert not list(folder.iterdir())
        (folder / "file").touch()
        if len(calls) == 1:
            raise OSError("the first attempt fails")

    name = f"shared-{os.getpid()}"
    with pytest.raises(OSError, match="the first attempt fails"):
        made_once(name, tmp_path_factory, make)
    assert [made_once(name, tmp_path_factory, make) for _ in range(2)] == [calls[0]] * 2
    assert len(calls) == 2
