"""The tables that belong to a study, the order and labels of its runs, how it was made."""
