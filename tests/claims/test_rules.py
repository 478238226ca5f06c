"""The rules of verdicts, each on findings whose answer is known."""

from collections.abc import Callable

import numpy as np
import pytest

from interference.claims import rules
from interference.claims.rules import Bounds, Finding, NotMeasured, Undecided

YES, NO, UNKNOWN = Finding(True, "yes", 1.0), Finding(False, "no", -1.0), Finding(None, "unknown")


def finder(answers: dict[str, Finding | Exception]) -> Callable[[str], Finding]:
    """A function that gives or raises the answer of each name."""

    def find(name: str) -> Finding:
        answer = answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return find


@pytest.mark.parametrize(
    ("answers", "expected", "text"),
    [
        ([YES, YES], "holds", "0, 1: yes"),
        ([YES, NO], "fails", "0: yes; 1: no"),
        ([YES, UNKNOWN], "partly", "1 of 2 nets; 0: yes; 1: unknown"),
        ([YES, NotMeasured("no run")], "partly", "1 of 2 nets; 0: yes"),
        ([NO, NotMeasured("no run")], "fails", "0: no"),
        ([UNKNOWN, NotMeasured("no run")], "open", "0: unknown"),
        ([Undecided("too few"), UNKNOWN], "open", "0: too few; 1: unknown"),
        ([Undecided("too few"), Undecided("too few")], "open", "0, 1: too few"),
    ],
)
def test_a_sentence_about_several_nets_is_judged_on_all_of_them(answers, expected, text):
    named = {str(place): answer for place, answer in enumerate(answers)}
    finding = rules.for_each_name(named, finder(named), kind="nets")
    assert (finding.verdict, finding.measured) == (expected, text)


def test_a_net_that_the_sentence_names_and_the_study_lacks_counts_as_missing():
    finding = rules.for_each({"a": "a"}, finder({"a": YES}), named=["a", "b", "c"])
    assert (finding.verdict, finding.measured) == ("partly", "1 of 3 nets; a: yes")


def test_a_sentence_without_any_data_is_not_measured_for_each_reason_once():
    answers = {"a": NotMeasured("no run"), "b": NotMeasured("no run"), "c": NotMeasured("no plane")}
    with pytest.raises(NotMeasured, match=r"^no run; no plane$"):
        rules.for_each_name(answers, finder(answers), kind="nets")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [([True, True], True), ([True, None], None), ([None, False], False), ([], True)],
)
def test_conditions_hold_together(conditions, expected):
    assert rules.all_of(conditions) is expected


def test_a_conjunction_of_which_one_part_is_open_is_open():
    assert rules.conjunction({"a": YES, "b": YES}).verdict == "holds"
    assert rules.conjunction({"a": YES, "b": UNKNOWN}).verdict == "open"
    assert rules.conjunction({"a": NO, "b": UNKNOWN}).verdict == "fails"


@pytest.mark.parametrize(
    ("low", "high", "sign", "expected"),
    [
        (0.1, 0.4, +1, True),
        (0.1, 0.4, -1, False),
        (-0.4, -0.1, -1, True),
        (-0.1, 0.4, +1, None),
        (0.0, 0.4, +1, None),
        (np.nan, np.nan, +1, None),
    ],
)
def test_an_interval_decides_only_if_it_leaves_out_the_limit(low, high, sign, expected):
    assert rules.is_beyond(low, high, sign) is expected


def test_bounds_that_overlap_are_not_told_apart():
    small, large, wide = Bounds(1, 0.5, 1.5), Bounds(3, 2, 4), Bounds(2, 1, 3)
    assert rules.is_less(small, large) is True
    assert rules.is_less(large, small) is False
    assert rules.is_less(small, wide) is None
    assert rules.is_less(small, small) is None


def test_holms_rule_on_a_worked_example():
    adjusted = rules.holm([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02])
    assert rules.holm([0.6, 0.7]).tolist() == [1, 1]
    assert rules.holm([0.02]).tolist() == [0.02]


def difference(figure: float, p: float) -> Finding:
    held = figure > 0 if p < 0.05 else None
    return Finding(held, f"{figure:+g}", figure, p=p, sign=+1)


def test_differences_of_one_sentence_are_one_family():
    parts = {"a": difference(2, 0.04), "b": difference(3, 0.04), "c": difference(5, 0.001)}
    finding = rules.for_each(parts, lambda part: part)
    assert finding.verdict == "partly"  # 0.04 becomes 0.08 by Holm
    assert finding.measured.startswith("1 of 3 nets; a: +2, p = 0.080 by Holm over 3; ")
    assert rules.for_each({"a": parts["a"]}, lambda part: part).verdict == "holds"


@pytest.mark.parametrize(
    ("figures", "expected"),
    [([1.0, 1.2, 0.9], "holds"), ([-1.0, -1.2, -0.9], "fails"), ([2, 2, -1], "open")],
)
def test_seeds_are_judged_by_the_interval_of_their_mean_and_not_by_a_majority(figures, expected):
    findings = {seed: difference(figure, 0.5) for seed, figure in enumerate(figures)}
    finding = rules.across_seeds(findings)
    assert finding.verdict == expected
    assert finding.figure == pytest.approx(np.mean(figures))
    error = np.std(figures, ddof=1) / np.sqrt(3)
    half = 4.302652729749464 * error  # Student's t at 2 degrees of freedom
    assert (finding.low, finding.high) == pytest.approx(
        (np.mean(figures) - half, np.mean(figures) + half)
    )


def test_each_part_of_a_sentence_has_its_own_seeds():
    def of_seed(first: float, second: float) -> Finding:
        parts = {"vgg19": difference(first, 0.5), "dla": difference(second, 0.5)}
        return rules.joined(parts, (), "nets")

    mixed = rules.across_seeds({0: of_seed(1.0, 2), 1: of_seed(1.2, -1), 2: of_seed(0.9, 2)})
    assert (mixed.verdict, mixed.holding, mixed.items) == ("partly", 1, 2)
    both = rules.across_seeds({0: of_seed(1.0, 2), 1: of_seed(1.2, 2.1), 2: of_seed(0.9, 2)})
    assert both.verdict == "holds"


def test_conditions_over_seeds_have_the_mean_of_the_seeds_figures_and_say_what_decides():
    def of_seed(share: float, first: float, second: float) -> Finding:
        steps = {"CAT less DOG": difference(first, 0.5), "DOG less BIRD": difference(second, 0.5)}
        return rules.conjunction(steps, figure=share)

    fails = rules.across_seeds({0: of_seed(0.3, 2, -1.2), 1: of_seed(0.5, 2.1, -1.0)})
    assert (fails.verdict, fails.figure) == ("open", pytest.approx(0.4))
    assert fails.measured.startswith("DOG less BIRD: mean over the seeds -1.1 (-2.37 to 0.171)")
    many = {seed: of_seed(0.4, 2 + 0.1 * seed, -1 - 0.1 * seed) for seed in range(4)}
    fails = rules.across_seeds(many)
    assert (fails.verdict, fails.figure) == ("fails", pytest.approx(0.4))
    assert fails.measured.startswith("DOG less BIRD: mean over the seeds -1.15 (-1.36 to -0.945)")
    holds = rules.across_seeds({seed: of_seed(0.4, 2 + 0.1 * seed, 1) for seed in range(4)})
    assert (holds.verdict, holds.measured[:12]) == ("holds", "CAT less DOG")


def test_every_part_over_seeds_has_its_mean_in_the_text():
    def of_seed(first: float, second: float) -> Finding:
        parts = {"vgg19": difference(first, 0.5), "dla": difference(second, 0.5)}
        return rules.joined(parts, (), "nets")

    both = rules.across_seeds({0: of_seed(1.0, 2), 1: of_seed(1.2, 2.2)})
    assert "vgg19: mean over the seeds 1.1 (" in both.measured
    assert "dla: mean over the seeds 2.1 (" in both.measured


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([YES, YES], "holds"),
        ([NO, NO], "fails"),
        ([YES, NO], "partly"),
        ([NO, UNKNOWN], "open"),
        ([UNKNOWN, UNKNOWN], "open"),
    ],
)
def test_a_statement_without_a_deciding_number_needs_every_seed(answers, expected):
    assert rules.across_seeds(dict(enumerate(answers))).verdict == expected


def test_guards_say_the_number_and_the_limit():
    runs = [{"name": name, "setup": {"epochs": epochs}} for name, epochs in (("a", 12), ("b", 3))]
    with pytest.raises(Undecided, match=r"^epochs: a 12, b 3; "):
        rules.check_equal_epochs(runs)
    rules.check_equal_epochs(runs[:1] * 2)
    with pytest.raises(Undecided, match=r"^a: 49 epochs; at least 50 are needed$"):
        rules.check_enough_epochs("a", 49)
    rules.check_enough_epochs("a", 50)
    with pytest.raises(Undecided, match=r"^CAT's error rate is 90.0 % at -CAT, as high as by"):
        rules.check_not_saturated("CAT", 90.0, 90.0, "at -CAT")
    rules.check_not_saturated("CAT", 89.9, 90.0, "at -CAT")


@pytest.mark.slow
def test_student_s_interval_over_seeds_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        low, high, _ = rules.t_interval(rng.normal(1, 2, 4))
        inside += low <= 1 <= high
    assert 0.935 < inside / 2000 < 0.965


@pytest.mark.slow
def test_holm_keeps_the_probability_of_any_false_verdict():
    rng = np.random.default_rng(1)
    p = rng.random((4000, 6))
    false = np.mean([(rules.holm(family) < rules.LEVEL).any() for family in p])
    assert false < 0.06
