"""Writes what was easy, difficult, left open or contradictory, and what differs."""

from interference.reporting.reproduction.markdown import details

EASY = (
    "The definitions are short and complete enough to compute: the CCTM, class gradients, ego and "
    "interference models, and dancing notes. All exhibits are functions of confusion counts."
)
DIFFICULT = (
    "The scale of the planes: the paper's edges (1.0, 0.1 and 0.01) are steps in units of the raw "
    "gradients, so a plane says how flat a minimum is only beside the gradients' norms. At these "
    "edges a grid point may lie far outside the flat area, or all points inside it. Sentences "
    "without a number, such as *often* or *a narrow valley*, need limits of our own."
)
OPEN = (
    "The text does not state the variants of the nets for 32 x 32 images, the momentum and weight "
    "decay, which epoch's net is shown, whether class gradients are normalised, what happens to "
    "batch norm on a plane, which images a point of a plane is evaluated on, how equal notes are "
    "ordered, or how many seeds a number comes from. Here the last epoch's net is shown, raw "
    "gradients are not normalised, batch norm is frozen unless `batch_norm` says otherwise, equal "
    "notes go to the lower label, and all else is a parameter."
)
CONTRADICTORY = (
    "Table 1 against Section 3: the mean of a net's recalls is its accuracy. By Table 1 it is "
    "93.81 (first version) and 93.66 (second) for VGG19, and 95.34 and 95.21 for ResNet18; Section "
    "3 says 93.87 and 95.15. Rounding allows 0.05, so no single training has both, and neither "
    "`acc-table` nor `recall-table` asks for more than an agreement within tolerances. GoogLeNet "
    "against DLA: the text says that GoogLeNet wins in DOG and loses in CAT. For DOG this is true "
    "of the second version (92.0 against 90.8) and false of the first (92.4 against 93.2), so it "
    "is no claim."
)
DIFFERENT = (
    "The class loss of Fig. 5 is drawn as the error rate of a class. Differences are judged by "
    "intervals and never by their sign, so a sentence that the paper reads off one run may stay "
    "open here. Runs whose settings differ from the paper's are named above."
)


def section() -> list[str]:
    """Write the section.

    Returns:
        Blocks of Markdown.
    """
    return [
        "## On reproducing this paper",
        *details("What was easy", EASY),
        *details("What was difficult", DIFFICULT),
        *details("What the text leaves open, and how it was settled here", OPEN),
        *details(
            "Where the paper contradicts itself, and its two versions each other", CONTRADICTORY
        ),
        *details("What differs from the paper", DIFFERENT),
    ]
