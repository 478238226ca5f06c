"""The words that every room uses."""

import pytest

from interference.vocabulary import csv_cell


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("CAT", "CAT"),
        ("</script><script>", "\u2039/script\u203a\u2039script\u203a"),
        ("=cmd()", "'=cmd()"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("-1", "-1"),
        ("+1.5", "+1.5"),
        ("-1+cmd()", "'-1+cmd()"),
        ("a=b", "a=b"),
    ],
)
def test_a_cell_of_a_csv_is_neither_markup_nor_formula(label: str, cell: str):
    assert csv_cell(label) == cell
