"""Words, vocabulary and minibatches, on small texts, and on the originals where they are at hand."""

import io
import tarfile

import numpy as np
import pytest

from untrained import downloads
from untrained.sequence import text

TEXTS = {"train": " the cat\n a cat \n", "valid": " a dog\n", "test": " the dog a bird\n"}
IDS = [0, 4, 3, 5, 2]  # the=0 cat=1 <eos>=2 a=3 dog=4 bird=5


@pytest.fixture
def local(tmp_path, monkeypatch):
    """Files as published, in the place of those of the manifest."""
    files = {}
    path = tmp_path / "simple-examples.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for part, words in TEXTS.items():
            entry = tarfile.TarInfo(f"./simple-examples/data/ptb.{part}.txt")
            entry.size = len(words.encode())
            archive.addfile(entry, io.BytesIO(words.encode()))
    files[text.PTB] = path
    for name in text.PARTS:
        files[name] = tmp_path / name.rpartition("/")[2]
        files[name].write_text(TEXTS[name.split(".")[-2]])
    monkeypatch.setattr(downloads, "fetch", lambda file, data: files[file])


def test_every_line_ends_with_a_word_of_its_own():
    assert list(text.words("a b\n\nc")) == ["a", "b", text.END, text.END, "c", text.END]


def test_numbers_run_over_all_three_parts(local):
    assert text.penn_treebank("ptb").tolist() == IDS


def test_without_the_training_text_words_have_other_numbers_but_are_told_apart_the_same_way(local):
    found = text.penn_treebank("ptb_renumbered")
    assert found.tolist() == [3, 1, 0, 4, 2]
    assert len(set(zip(IDS, found.tolist(), strict=True))) == len(set(IDS))


def test_uniform_numbers_need_no_text(monkeypatch):
    monkeypatch.setattr(downloads, "fetch", None)
    found = text.penn_treebank("uniform")
    assert len(found) == 82_430
    assert 0 <= found.min() < found.max() < 10_000
    np.testing.assert_allclose(np.bincount(found // 1000), 8243, rtol=0.05)
    np.testing.assert_array_equal(found, text.penn_treebank("uniform"))


def test_unknown_inputs_are_refused():
    with pytest.raises(ValueError, match="Unknown inputs 'pt': known are ptb,"):
        text.penn_treebank("pt")


def test_columns_are_pieces_of_the_text():
    found = text.columns(np.arange(103), count=5, steps=3)
    np.testing.assert_array_equal(found, [[0, 20, 40, 60, 80], [1, 21, 41, 61, 81], [2, 22, 42, 62, 82]])
    with pytest.raises(ValueError, match="103 tokens make 20 rows of 5; wanted are 21"):
        text.columns(np.arange(103), count=5, steps=21)


@pytest.mark.skipif(
    not downloads._at_hand(text.PARTS, "data", downloads.CACHE), reason="no copy of the text at hand: set UNTRAINED_MIRROR"
)
def test_the_published_minibatch_has_the_known_words():
    found = text.penn_treebank("ptb_renumbered")
    assert len(found) == 82_430
    block = text.columns(found)
    assert block.shape == (70, 50)
    assert len(np.unique(block)) == 1_172


@pytest.mark.skipif(
    not downloads._at_hand((text.PTB,), "data", downloads.CACHE), reason="no copy of the text at hand: set UNTRAINED_MIRROR"
)
def test_the_published_minibatch_has_the_known_numbers():
    block = text.columns(text.penn_treebank("ptb"))
    assert block[:5, 0].tolist() == [142, 78, 54, 251, 2360]
    assert block[0, :5].tolist() == [142, 1780, 308, 3307, 35]
    assert block.sum() == 4_097_389
