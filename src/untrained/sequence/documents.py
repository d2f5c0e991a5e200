"""Documents for encoders: the first words of articles, as numbers."""

import re
from pathlib import Path

import numpy as np

from untrained import downloads
from untrained.initialise import draw
from untrained.sequence.text import vocabulary, words

WIKITEXT = ("text/wikitext-2/valid.txt", "text/wikitext-2/test.txt")
"""Validation text first, so that its words get the first numbers; articles are those of the test text."""

TITLE = re.compile(r"^ = [^=]+ = *$", re.MULTILINE)
INPUTS = ("wikitext-2", "uniform")


def articles(text: str) -> list[str]:
    r"""The articles of WikiText, each without the title of the first level that begins it.

    >>> articles(" = One = \n a b \n = = Part = = \n c \n = Two = \n d")
    ['\n a b \n = = Part = = \n c \n', '\n d']
    """
    return TITLE.split(text)[1:]


def documents(inputs: str, *, count: int, length: int, most: int, data: Path | str = "data") -> np.ndarray:
    """Token numbers (count, length): the first words of the first articles that have as many.

    `wikitext-2`: numbers by first occurrence over validation and test text, whole words. The published values were computed
    on OpenWebText in the subwords of ELECTRA; tables of words are random, so numbers matter only where words repeat.
    `uniform`: as many numbers below `most`, drawn uniformly; no text is read.

    Raises:
        Missing: the text cannot be had.
        ValueError: other inputs, too few articles, or more words than `most`.
    """
    if inputs == "uniform":
        noise = draw("documents.uniform", (count, length, 2), seed=0)
        return np.floor((np.arctan2(noise[..., 0], noise[..., 1]) / (2 * np.pi) % 1) * most).astype(np.int64)
    if inputs != "wikitext-2":
        raise ValueError(f"Unknown inputs {inputs!r}: known are {', '.join(INPUTS)}.")
    texts = [downloads.fetch(part, data=data).read_text(encoding="utf-8") for part in WIKITEXT]
    known = vocabulary(texts)
    if len(known) > most:
        raise ValueError(f"The text has {len(known):,} words, the table {most:,}: ask for a larger vocabulary.")
    found = [[known[word] for word in words(article)] for article in articles(texts[-1])]
    found = [numbers[:length] for numbers in found if len(numbers) >= length][:count]
    if len(found) < count:
        raise ValueError(f"{len(found)} articles have {length} words, wanted are {count}: ask for fewer or shorter ones.")
    return np.array(found)
