"""The reference pages say what the code says."""

import pytest

from tools import reference


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_is_what_the_code_says(name: str):
    page = reference.FOLDER / f"{name}.md"
    assert page.read_text() == reference.PAGES[name](), "run: python -m tools.reference"


def test_a_cell_stays_in_its_column():
    assert reference.table(["a", "b"], [["x | y", "two\nlines"]]).splitlines()[2] == (
        "| x \\| y | two lines |"
    )


def test_every_key_has_a_meaning_and_what_is_allowed():
    for key, (group, _) in reference.GROUPS.items():
        for name, meaning, allowed, _ in reference._keys(group):
            assert meaning, f"{key}.{name} has no meaning"
            assert allowed, f"{key}.{name} has no allowed values"
