"""The measures of prose and names count what they say they do."""

from pathlib import Path

import pytest

from tests import prose


def test_turns_are_counted_by_the_thousand_words():
    plain = "The net is evaluated on the test images. " * 25
    assert prose.turns([plain]) == 0
    assert prose.turns([plain + "Of those, none is left."]) == pytest.approx(1000 / 205)


def test_a_page_is_measured_without_its_code(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("Plain `of which` text.\n```python\nwhat is it\n```\nMore text.\n")
    assert prose.prose(page).split() == ["Plain", "x", "text.", "More", "text."]


def test_names_that_say_nothing_are_counted_where_they_are_given(tmp_path: Path):
    file = tmp_path / "x.py"
    file.write_text("def f(one, two):\n    found = one\n    found = two\n    return found\n")
    assert prose.banned_names(file) == {"found": 2, "one": 1}


def test_density_is_syntax_nodes_a_line(tmp_path: Path):
    file = tmp_path / "x.py"
    file.write_text('def f(a):\n    """Text."""\n    b = a\n    return b\n')
    assert prose.nodes_per_line(file) == [(5 + 3) / 2]
