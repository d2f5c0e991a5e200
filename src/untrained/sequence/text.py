"""Text as numbers: words, vocabulary by first occurrence, and the minibatch of sequences that metrics are computed on."""

import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from untrained import downloads
from untrained.initialise import draw

END = "<eos>"
"""Word at the end of every line."""

PTB = "text/simple-examples.tgz"
MEMBERS = tuple(f"./simple-examples/data/ptb.{part}.txt" for part in ("train", "valid", "test"))
PARTS = ("text/ptb/ptb.valid.txt", "text/ptb/ptb.test.txt")
"""Validation and test text alone, as a mirror has them."""

VOCABULARY = {"ptb": 10_000, "wikitext-2": 33_278}
"""Distinct words of all three parts of a data set."""

INPUTS = ("ptb", "ptb_renumbered", "uniform")


def words(text: str) -> Iterator[str]:
    """The words of a text, each line followed by `<eos>`.

    >>> list(words("no it was"))
    ['no', 'it', 'was', '<eos>']
    """
    return (word for line in text.splitlines() for word in (*line.split(), END))


def vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Number of every word, 0, 1, 2, ... by first occurrence.

    >>> vocabulary(["b a", "c b"])
    {'b': 0, 'a': 1, '<eos>': 2, 'c': 3}
    """
    found: dict[str, int] = {}
    for text in texts:
        for word in words(text):
            found.setdefault(word, len(found))
    return found


def columns(tokens: np.ndarray, *, count: int = 50, steps: int = 70) -> np.ndarray:
    """The first `steps` rows of tokens laid out in `count` columns: column c starts at token c floor(n / count).

    >>> columns(np.arange(11), count=2, steps=3)
    array([[0, 5],
           [1, 6],
           [2, 7]])

    Returns:
        Token numbers (steps, count).

    Raises:
        ValueError: there are too few tokens.
    """
    rows = len(tokens) // count
    if rows < steps:
        raise ValueError(f"{len(tokens)} tokens make {rows} rows of {count}; wanted are {steps}: ask for fewer columns.")
    return np.ascontiguousarray(tokens[: rows * count].reshape(count, rows).T[:steps])


def penn_treebank(inputs: str = "ptb", *, data: Path | str = "data") -> np.ndarray:
    """Token numbers of the Penn Treebank test text.

    `ptb`: numbers by first occurrence over training, validation and test text, as in the published code.
    `ptb_renumbered`: over validation and test text alone, where the training text is not at hand: other rows of an embedding
    whose rows are alike in distribution, so other values and the same ranking.
    `uniform`: as many numbers below 10,000, drawn uniformly; no text is read.

    Raises:
        Missing: the text cannot be had; `uniform` needs none.
        ValueError: other inputs.
    """
    if inputs == "uniform":
        noise = draw("sequence.uniform", (82_430, 2), seed=0)
        return np.floor((np.arctan2(*noise.T) / (2 * np.pi) % 1) * VOCABULARY["ptb"]).astype(np.int64)
    if inputs == "ptb":
        path = downloads.fetch(PTB, data=data)
        with tarfile.open(path) as archive:
            texts = [archive.extractfile(member).read().decode() for member in MEMBERS]
    elif inputs == "ptb_renumbered":
        texts = [downloads.fetch(part, data=data).read_text(encoding="utf-8") for part in PARTS]
    else:
        raise ValueError(f"Unknown inputs {inputs!r}: known are {', '.join(INPUTS)}.")
    known = vocabulary(texts)
    return np.array([known[word] for word in words(texts[-1])])
