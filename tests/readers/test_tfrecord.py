"""TFRecord files are read as they are defined, and no damage goes unseen."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tfrecords import checksum, framed

from untrained.readers import tfrecord
from untrained.readers.tfrecord import crc32c, masked, records

CONTENTS = [b"first", b"", b"the third is longer than the others", b"4"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.tfrecord"
    path.write_bytes(b"".join(map(framed, CONTENTS)))
    return path


def starts():
    """Offset of every record, and the end of the file."""
    return [sum(16 + len(content) for content in CONTENTS[:index]) for index in range(len(CONTENTS) + 1)]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (bytes(32), 0x8A9136AA),  # the three of RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"123456789", 0xE3069283),
    ],
)
def test_published_checksums(content, value):
    assert crc32c([content]) == [value]


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_checksums_of_many_are_those_of_each(contents):
    assert [masked(value).to_bytes(4, "little") for value in crc32c(contents)] == [checksum(one) for one in contents]


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read_with_its_offset(tmp_path_factory, contents, held):
    path = tmp_path_factory.mktemp("records") / "some.tfrecord"
    path.write_bytes(b"".join(map(framed, contents)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfrecord, "HELD", held)
        found = list(records(path))
    assert [content for _, content in found] == contents
    assert [offset for offset, _ in found] == [sum(16 + len(one) for one in contents[:i]) for i in range(len(contents))]


def test_a_file_cut_anywhere_is_refused_with_the_offset(file):
    whole = file.read_bytes()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        if size in starts():
            assert [content for _, content in records(file)] == CONTENTS[: starts().index(size)]
            continue
        begun = max(start for start in starts() if start < size)
        with pytest.raises(ValueError, match=f"the record at byte {begun:,} is cut short.*delete it and fetch it again"):
            list(records(file))


def test_one_wrong_bit_anywhere_is_seen(file):
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        begun = max(start for start in starts() if start <= place)
        what = "length" if place - begun < 12 else "content"
        with pytest.raises(ValueError, match=f"the record at byte {begun:,} has a {what} that does not match its checksum"):
            list(records(file))


def test_few_records_are_in_memory_at_any_time(tmp_path, monkeypatch):
    monkeypatch.setattr(tfrecord, "HELD", 1 << 15)
    path = tmp_path / "large.tfrecord"
    path.write_bytes(framed(bytes(1000)) * 4000)
    tracemalloc.start()
    number = sum(1 for _ in records(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 4000
    assert peak < 1_000_000
