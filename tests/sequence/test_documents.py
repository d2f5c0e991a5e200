"""Documents as numbers: which words of which articles, and what is refused."""

import official
import pytest

from untrained.sequence.documents import WIKITEXT, articles, documents

TEXT = " \n = One = \n a b a \n = = Part = = \n c \n = Two = \n d a \n = Three = \n a d e f g h i \n"


@pytest.fixture
def data(tmp_path, monkeypatch):
    for name, text in zip(WIKITEXT, ("b \n", TEXT), strict=True):
        path = tmp_path / "mirror" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    official.manifest(tmp_path / "data", tmp_path / "mirror")
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.chdir(tmp_path)
    return "data"


def test_articles_end_where_the_next_one_begins():
    assert [article.split() for article in articles(TEXT)] == [
        ["a", "b", "a", "=", "=", "Part", "=", "=", "c"], ["d", "a"], ["a", "d", "e", "f", "g", "h", "i"],
    ]  # fmt: skip


def test_first_words_of_the_first_long_articles(data):
    found = documents("wikitext-2", count=2, length=6, most=100, data=data)
    b, eos, equals, a = 0, 1, 2, 4
    assert found.shape == (2, 6)
    assert found[0].tolist() == [eos, a, b, a, eos, equals]  # the rest of the title's line, then the first line
    assert found[1][1] == a


def test_too_few_articles_and_too_many_words_are_refused(data):
    with pytest.raises(ValueError, match="2 articles have 6 words, wanted are 3"):
        documents("wikitext-2", count=3, length=6, most=100, data=data)
    with pytest.raises(ValueError, match="words, the table 5"):
        documents("wikitext-2", count=1, length=2, most=5, data=data)
    with pytest.raises(ValueError, match="Unknown inputs 'noise'"):
        documents("noise", count=1, length=2, most=5)


def test_uniform_numbers_need_no_text():
    found = documents("uniform", count=40, length=50, most=10)
    assert found.min() == 0 and found.max() == 9
    assert (found == documents("uniform", count=40, length=50, most=10)).all()
