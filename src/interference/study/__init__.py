"""Selects the tables of a study, orders and labels its runs, and tells how it was made."""
