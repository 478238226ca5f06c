import pytest

from interference.classes import Classes
from interference.errors import BadInput

ANIMALS = Classes(("airplane", "automobile", "cat", "dog"), ("PLANE", "CAR", "CAT", "DOG"))


def test_a_classes_number_is_its_place():
    assert [ANIMALS.index(key) for key in ANIMALS.keys] == [0, 1, 2, 3]
    assert len(ANIMALS) == 4


def test_the_papers_words_are_aliases():
    assert (ANIMALS.index("plane"), ANIMALS.index("car")) == (0, 1)
    assert ANIMALS.has("car", "airplane", "dog")


def test_a_key_goes_before_an_alias():
    assert Classes(("automobile", "car"), ("A", "B")).index("car") == 1


def test_an_alias_of_a_class_that_is_not_there_is_none():
    farm = Classes(("cow", "pig"), ("COW", "PIG"))
    assert not farm.has("plane")
    assert not farm.has("cow", "plane")
    with pytest.raises(BadInput, match="class: found 'plane', allowed: cow, pig"):
        farm.index("plane")


def test_labels_are_shown_and_name_nothing():
    assert not ANIMALS.has("CAT")


def test_a_pair_is_two_numbers_in_its_own_order():
    assert ANIMALS.pair("cat-dog") == (2, 3)
    assert ANIMALS.pair("dog-car") == (3, 1)


@pytest.mark.parametrize(
    ("notation", "message"),
    [
        (
            "cat",
            "pair: found 'cat', allowed: pairs of different classes, such as airplane-automobile, out of airplane, ",
        ),
        ("cat-dog-car", "pair: found 'cat-dog-car', allowed: pairs of different classes"),
        ("cat-cat", "pair: found 'cat-cat', allowed: pairs of different classes"),
        ("car-automobile", "pair: found 'car-automobile', allowed: pairs of different classes"),
        ("cat-cow", "pair: found 'cat-cow', allowed: .* out of airplane, automobile, cat, dog$"),
        ("", "pair: found ''"),
    ],
)
def test_a_pair_of_anything_else_is_bad_input(notation, message):
    with pytest.raises(BadInput, match=message):
        ANIMALS.pair(notation)


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        (("a", "a"), ("A", "B")),
        (("a", "b"), ("A",)),
        (("a-b", "c"), ("A", "C")),
        (("Cat", "dog"), ("CAT", "DOG")),
        (("", "dog"), ("", "DOG")),
    ],
)
def test_keys_must_be_unique_plain_and_as_many_as_labels(keys, labels):
    with pytest.raises(BadInput, match=r"^classes: key"):
        Classes(keys, labels)


def test_a_key_is_the_label_as_far_as_a_file_name_may_hold_it():
    labels = (
        "T-shirt/top",
        "Ankle boot",
        "Crème brûlée",
        "lawn_mower",
        "Straße",
        "7 - seven",
        "猫",
        "9",
    )
    classes = Classes.from_labels(labels)
    assert classes.labels == labels
    assert classes.keys == (
        "t_shirt_top",
        "ankle_boot",
        "creme_brulee",
        "lawn_mower",
        "strasse",
        "7_seven",
        "class_6",
        "9",
    )


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        (("C", "C#", "C++", "Java"), ("c", "c_2", "c_3", "java")),
        (("<=50K", ">50K"), ("50k", "50k_2")),
        (("-1", "0", "1"), ("1_2", "0", "1")),
        (("Cat", "cat", "CAT"), ("cat_2", "cat", "cat_3")),
        (("C", "C++", "c_2"), ("c", "c_3", "c_2")),
        (("a b", "x", "a-b"), ("a_b", "x", "a_b_2")),
        (("class 1", "犬", "+", "猫 2", "犬 2"), ("class_1", "class_1_2", "class_2", "2", "2_2")),
    ],
)
def test_labels_that_differ_in_what_a_key_may_not_hold_have_numbered_keys(labels, keys):
    assert Classes.from_labels(labels) == Classes(keys, labels)


def test_a_thousand_labels_of_one_key_have_a_thousand_keys():
    labels = ["c" + "+" * number for number in range(1000)]
    assert Classes.from_labels(labels).keys == ("c", *(f"c_{number}" for number in range(2, 1001)))


def test_a_label_that_is_there_twice_is_refused():
    with pytest.raises(BadInput, match="classes: found 'b' 2 times, allowed: labels that differ"):
        Classes.from_labels(["a", "b", "b"])
