"""docs/sentences.md: the table of the paper's sentences names claims that exist, and every claim."""

import re
from pathlib import Path

from interference.claims import CLAIMS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sentences.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| ?(.*?) ?\|$", PAGE, re.MULTILINE)
NAME = re.compile(r"`([a-z0-9-]+)`")


def test_every_one_of_the_66_sentences_has_a_row():
    assert [int(number) for number, *_ in ROWS] == list(range(1, 67))


def test_a_sentence_has_claims_that_exist_or_a_reason():
    for number, _, names, remark in ROWS:
        named = NAME.findall(names)
        assert named or (names == "-" and remark), number
        assert set(named) <= set(CLAIMS), number


def test_every_claim_is_named():
    assert set(CLAIMS) <= set(NAME.findall(PAGE))
