"""Jobs that worker processes can import."""

import os
import signal
import time
from pathlib import Path

import pandas as pd


def square(units):
    """Rows (n, n^2)."""
    return pd.DataFrame({"n": list(units), "square": [n * n for n in units]})


def sleep(units):
    """Rows (n, when it began, when it ended): n tenths of a second each."""
    rows = []
    for n in units:
        begun = time.time()
        time.sleep(n / 10)
        rows.append((n, begun, time.time()))
    return pd.DataFrame(rows, columns=["n", "begun", "ended"])


class Dying:
    """A job whose process is killed at one unit, once: the first to meet it leaves a note."""

    def __init__(self, at: int, note: Path) -> None:
        self.at, self.note = at, note

    def __call__(self, units):
        if self.at in units and not self.note.exists():
            self.note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return square(units)


class Lingering:
    """A job of ten minutes that says every tenth of a second that its process is there."""

    def __init__(self, notes: Path) -> None:
        self.notes = notes

    def __call__(self, units):
        for _ in range(6000):
            (self.notes / f"{os.getpid()}.note").touch()
            time.sleep(0.1)
        return square(units)

    def heard(self):
        """When each process was last heard of."""
        return [note.stat().st_mtime for note in self.notes.glob("*.note")]


class Failing:
    """A job that raises at one unit."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, units):
        if self.at in units:
            raise ArithmeticError(f"unit {self.at} has no square")
        return square(units)
