"""Writes what was easy and difficult, what the text leaves open, and what differs."""

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
    "notes go to the lower label, and all else is a parameter. The paper's two versions contradict "
    "each other in Table 1 against Section 3, and in GoogLeNet against DLA."
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
        *details("What differs from the paper", DIFFERENT),
    ]
