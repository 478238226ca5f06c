"""Labels as text."""

from interference.reporting.figures import labels


def test_of_long_labels_the_ends_are_shown_and_their_numbers_where_these_are_alike():
    long = [
        f"labels such as the {middle} begin and end alike"
        for middle in ("first", "second", "third")
    ]
    assert labels.shorten_labels(["Polar bear", *long]) == (
        "Polar bear",
        "labels su…1…nd alike",
        "labels su…2…nd alike",
        "labels su…3…nd alike",
    )
    assert labels.shorten_labels(["a label that begins so", "its own end"]) == (
        "a label th…begins so",
        "its own end",
    )
    assert labels.shorten_labels(["m" * 20, "a" * 10 + "b" + "c" * 10, "猫" * 20]) == (
        "m" * 20,
        "a" * 10 + "…" + "c" * 9,
        "猫" * 6 + "…" + "猫" * 5,
    )
