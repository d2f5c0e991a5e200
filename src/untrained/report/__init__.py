"""Frames in, pictures and tables out: the only package that imports matplotlib, seaborn and itables."""

from untrained.report import figures, interactive, tables
from untrained.report.style import Picture
from untrained.report.tables import Table

__all__ = ["Picture", "Table", "figures", "interactive", "tables"]
