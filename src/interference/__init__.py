"""Class interference: which classes a deep classifier mixes up, and how its loss surface and its training show it."""

__version__ = "0.1.0"
