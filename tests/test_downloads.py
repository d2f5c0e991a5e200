"""Originals over a server of this machine: whole, resumed, cut, wrong, in place; and receipts that say what was used."""

import json
import os
import threading
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from untrained import downloads, originals, readers
from untrained.downloads import Damaged, Missing

FILE = "some_bench/table.csv"
WHOLE = b"arch,dataset,test_acc\n" + b"".join(b"a%d,cifar10,%d\n" % (i, i) for i in range(20000))
PIECE = 1 << 16  # what is written at a time: less than that may be lost with a connection


class Server(ThreadingHTTPServer):
    """Files by path; `cut` stops an answer after so many bytes, `ranges` and `tag` are what a server may lack."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked, self.cut, self.ranges, self.tag, self.kind = {}, [], [], True, '"one"', "text/csv"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send_response(200 if self.path in self.server.files else 404)
        self.end_headers()

    def do_GET(self):
        server, content = self.server, self.server.files.get(self.path)
        server.asked.append(dict(self.headers))
        start = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        vouched = self.headers.get("If-Range", server.tag) == server.tag
        start = int(start) if server.ranges and vouched else 0
        if content is None or start >= len(content):
            return self.send_error(404 if content is None else 416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Content-Type", server.kind)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.tag:
            self.send_header("ETag", server.tag)
        self.end_headers()
        self.wfile.write(content[start:][: server.cut.pop(0) if server.cut else None])
        self.close_connection = True


@pytest.fixture
def server():
    made = Server()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Every test in a folder of its own, without a mirror, and without waiting between tries."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNTRAINED_MIRROR", raising=False)
    monkeypatch.setattr(downloads, "PAUSE", 0)


def entry(**changes):
    known = {"name": FILE, "what": "a table", "urls": [], "bytes": len(WHOLE), "sha256": sha256(WHOLE).hexdigest()}
    return known | changes


def state(**changes):
    """Write a manifest of one file."""
    group = {
        "title": "Some",
        "home": "https://some.org",
        "licence": "MIT",
        "cite": "some2020",
        "doi": None,
        "files": [entry(**changes)],
    }
    Path("data").mkdir(exist_ok=True)
    Path("data/originals.json").write_text(json.dumps({"benchmarks": {"some_bench": group}}))


def mirror(folder, content=WHOLE):
    path = Path(folder) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def left():
    """Files of the cache, save the notes."""
    return sorted(str(path) for path in downloads.CACHE.rglob("*") if path.is_file() and ".checked" not in path.parts)


CACHED = str(downloads.CACHE / FILE)


def test_official_address(server):
    server.files["/x.csv"] = WHOLE
    state(urls=[f"{server.url}/gone.csv", f"{server.url}/x.csv"])
    assert downloads.fetch(FILE).read_bytes() == WHOLE
    assert left() == [CACHED]
    asked = len(server.asked)
    assert downloads.fetch(FILE) == Path(CACHED)
    assert len(server.asked) == asked == 2


@pytest.mark.parametrize("known", ["sha256", "md5", None])
def test_a_dropped_connection_is_resumed(server, known):
    server.files["/x.csv"], server.cut = WHOLE, [PIECE, 2 * PIECE]
    hashes = {"sha256": None} | ({known: {"sha256": sha256, "md5": md5}[known](WHOLE).hexdigest()} if known else {})
    state(urls=[f"{server.url}/x.csv"], **hashes)
    assert downloads.fetch(FILE).read_bytes() == WHOLE
    assert [asked.get("Range") for asked in server.asked] == [None, f"bytes={PIECE}-", f"bytes={3 * PIECE}-"]
    assert left() == [CACHED]


def test_a_killed_download_is_resumed_by_the_next_process(server):
    server.files["/x.csv"], server.cut = WHOLE, [PIECE, PIECE + 9, 10]
    state(urls=[f"{server.url}/x.csv"])
    with pytest.raises(Missing):
        downloads.fetch(FILE)
    assert Path(f"{CACHED}.part").read_bytes() == WHOLE[: 2 * PIECE]
    assert not Path(CACHED).exists()
    assert downloads.fetch(FILE).read_bytes() == WHOLE
    assert server.asked[-1]["Range"] == f"bytes={2 * PIECE}-"
    assert left() == [CACHED]


def test_without_a_hash_a_part_of_another_version_is_not_continued(server):
    server.files["/x.csv"], server.cut = b"old" * PIECE, [PIECE, 10, 10]
    state(urls=[f"{server.url}/x.csv"], sha256=None, bytes=None)
    with pytest.raises(Missing):
        downloads.fetch(FILE)
    server.files["/x.csv"], server.tag = WHOLE, '"two"'
    assert downloads.fetch(FILE).read_bytes() == WHOLE


def test_a_server_without_ranges_starts_again(server):
    server.files["/x.csv"], server.cut, server.ranges = WHOLE, [PIECE], False
    state(urls=[f"{server.url}/x.csv"])
    assert downloads.fetch(FILE).read_bytes() == WHOLE


@pytest.mark.parametrize("part", [b"another file", b"x" * (len(WHOLE) + 5), WHOLE])
def test_a_part_of_something_else_costs_one_more_download(server, part):
    server.files["/x.csv"] = WHOLE
    state(urls=[f"{server.url}/x.csv"])
    Path(f"{CACHED}.part").parent.mkdir(parents=True)
    Path(f"{CACHED}.part").write_bytes(part)
    assert downloads.fetch(FILE).read_bytes() == WHOLE
    assert left() == [CACHED]


@pytest.mark.parametrize("content", [WHOLE.replace(b"a7", b"b7"), WHOLE[:-9]])
def test_a_wrong_file_is_refused_and_nothing_is_kept(server, content):
    server.files["/x.csv"] = content
    state(urls=[f"{server.url}/x.csv"])
    with pytest.raises(Damaged, match="nothing was kept") as error:
        downloads.fetch(FILE)
    assert f"{server.url}/x.csv" in str(error.value)
    assert sha256(WHOLE).hexdigest() in str(error.value) or f"{len(WHOLE):,}" in str(error.value)
    assert left() == []


def test_a_cut_file_without_a_known_hash_is_refused_by_its_size(server):
    server.files["/x.csv"] = WHOLE[:-1]
    state(urls=[f"{server.url}/x.csv"], sha256=None)
    with pytest.raises(Damaged, match=f"Got {len(WHOLE) - 1:,} bytes, wanted are {len(WHOLE):,}"):
        downloads.fetch(FILE)
    assert left() == []


def test_a_page_that_asks_for_a_log_in_is_not_the_file(server):
    server.files["/x.csv"], server.kind = b"<html>", "text/html; charset=utf-8"
    state(urls=[f"{server.url}/x.csv"], sha256=None, bytes=None)
    with pytest.raises(Missing, match="a web page, not the file"):
        downloads.fetch(FILE)
    assert left() == []


def test_missing_says_what_was_tried_and_what_to_set(server, monkeypatch):
    state(urls=[f"{server.url}/gone.csv"])
    monkeypatch.setenv("UNTRAINED_MIRROR", "elsewhere")
    with pytest.raises(Missing) as error:
        downloads.fetch(FILE)
    for words in (
        FILE,
        "work/originals",
        "no such file in elsewhere",
        f"{server.url}/gone.csv",
        "404",
        "Set UNTRAINED_MIRROR",
    ):
        assert words in str(error.value)
    assert isinstance(error.value, FileNotFoundError)


def test_a_derived_table_exists_on_a_mirror_only():
    state(derived_from=["some_bench/raw.json"])
    with pytest.raises(Missing, match="a mirror made it from some_bench/raw.json"):
        downloads.fetch(FILE)


def test_a_file_without_a_direct_address_names_its_authors_page():
    state()
    with pytest.raises(Missing, match=r"no direct address: its authors' page is https://some\.org"):
        downloads.fetch(FILE)


def test_an_unknown_file_is_suggested():
    state()
    with pytest.raises(KeyError, match=f"Did you mean '{FILE}'"):
        downloads.fetch("some_bench/tables.csv")


def test_a_mirrors_folder_is_used_in_place_and_hashed_once(tmp_path, monkeypatch):
    path = mirror(tmp_path / "mirror")
    state()
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    assert downloads.fetch(FILE) == path
    assert left() == []
    monkeypatch.setattr(originals.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    assert downloads.fetch(FILE) == path


def test_a_changed_file_on_the_mirror_is_refused_with_both_hashes(tmp_path, monkeypatch):
    path = mirror(tmp_path / "mirror")
    state()
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    downloads.fetch(FILE)
    changed = WHOLE.replace(b"a7", b"b7")
    path.write_bytes(changed)
    os.utime(path, ns=(1, 1))
    with pytest.raises(Damaged, match="Mend the mirror") as error:
        downloads.fetch(FILE)
    assert {sha256(one).hexdigest() in str(error.value) for one in (WHOLE, changed)} == {True}
    assert path.read_bytes() == changed


def test_a_base_url_is_asked_before_the_official_address(server, monkeypatch):
    server.files[f"/mirror/{FILE}"] = WHOLE
    state(urls=[f"{server.url}/gone.csv"])
    monkeypatch.setenv("UNTRAINED_MIRROR", f"{server.url}/mirror/")
    assert downloads.fetch(FILE).read_bytes() == WHOLE
    assert len(server.asked) == 1


def test_a_good_copy_is_never_replaced(server, tmp_path, monkeypatch):
    mirror(tmp_path / "mirror", b"wrong")
    mirror(downloads.CACHE)
    state(urls=[f"{server.url}/x.csv"])
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    assert downloads.fetch(FILE).read_bytes() == WHOLE


def test_a_wrong_copy_is_named_not_used():
    mirror(downloads.CACHE, b"x" * len(WHOLE))
    state()
    with pytest.raises(Damaged, match=f"Delete {CACHED} and run again"):
        downloads.fetch(FILE)


def test_without_a_known_hash_the_first_use_counts(caplog):
    path = mirror(downloads.CACHE)
    state(sha256=None, bytes=None)
    downloads.fetch(FILE)
    assert f"{sha256(WHOLE).hexdigest()} is recorded on first use" in caplog.text
    path.write_bytes(b"another")
    with pytest.raises(Damaged, match=f"on its first use it was {sha256(WHOLE).hexdigest()}"):
        downloads.fetch(FILE)


def test_no_room_is_said_before_the_download(server, monkeypatch):
    server.files["/x.csv"] = WHOLE
    state(urls=[f"{server.url}/x.csv"])
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(OSError, match="No space left below work/originals.*a download resumes"):
        downloads.fetch(FILE)
    assert CACHED not in left()


def test_a_cache_that_is_no_folder_is_said(server):
    server.files["/x.csv"] = WHOLE
    state(urls=[f"{server.url}/x.csv"])
    Path("work").mkdir()
    Path("work/originals").write_text("in the way")
    with pytest.raises(OSError, match="work/originals"):
        downloads.fetch(FILE)


@pytest.fixture
def reader(monkeypatch):
    """A benchmark of two sources: a file that is nowhere, then the table."""
    calls = []

    def read(paths):
        calls.append(paths)
        return pd.read_csv(paths[FILE])

    read.__module__ = __name__
    known = [readers.Source("some_bench", (FILE, FILE + "2"), read), readers.Source("some_bench", (FILE,), read)]
    monkeypatch.setattr(downloads, "sources", lambda name: [one for one in known if one.benchmark == name])
    state()
    manifest = json.loads(Path("data/originals.json").read_text())
    manifest["benchmarks"]["some_bench"]["files"].append(entry(name=FILE + "2"))
    Path("data/originals.json").write_text(json.dumps(manifest))
    return calls


def test_the_table_is_read_once_and_kept(reader):
    mirror(downloads.CACHE)
    assert downloads.available("some_bench")
    first = downloads.table("some_bench")
    assert_frame_equal(first, downloads.table("some_bench"))
    assert len(reader) == 1
    assert len(first) == 20000
    (kept,) = (downloads.CACHE / "tables").glob("*.parquet")
    kept.write_bytes(kept.read_bytes()[:-100])
    assert_frame_equal(first, downloads.table("some_bench"))
    assert len(reader) == 2


def test_without_files_there_is_no_table(reader):
    assert not downloads.available("some_bench")
    with pytest.raises(Missing) as error:
        downloads.table("some_bench")
    assert str(error.value).count("is not here") == 2
    with pytest.raises(Missing, match="No reader is registered for 'other'"):
        downloads.table("other")


def test_files_at_hand_come_before_files_to_be_downloaded(reader, server):
    """Also where the reader that was registered first would like others."""
    mirror(downloads.CACHE)
    path = Path("data/originals.json")
    path.write_text(path.read_text().replace('"urls": []', f'"urls": ["{server.url}/x.csv"]'))
    server.files["/x.csv"] = WHOLE
    assert list(downloads.first([(FILE, FILE + "2"), (FILE,)])) == [FILE]
    assert not server.asked
    assert list(downloads.first([(FILE, FILE + "2")])) == [FILE, FILE + "2"]


def test_a_base_url_makes_a_table_available(reader, server, monkeypatch):
    monkeypatch.setenv("UNTRAINED_MIRROR", server.url)
    assert not downloads.available("some_bench")
    server.files[f"/{FILE}"] = WHOLE
    assert downloads.available("some_bench")
    assert len(downloads.table("some_bench")) == 20000


def test_a_table_with_a_pair_twice_is_refused(reader, monkeypatch):
    mirror(downloads.CACHE)
    monkeypatch.setattr(pd, "read_csv", lambda _: pd.DataFrame({"arch": ["a", "a"], "dataset": ["d", "d"]}))
    with pytest.raises(ValueError, match="'a' twice for d"):
        downloads.table("some_bench")
    monkeypatch.setattr(pd, "read_csv", lambda _: pd.DataFrame({"arch": ["a"]}))
    with pytest.raises(ValueError, match="dataset"):
        downloads.table("some_bench")


def test_the_receipt_is_the_same_from_the_cache_and_from_a_mirror(reader, tmp_path, monkeypatch):
    mirror(downloads.CACHE)
    here = downloads.write_receipt("some_bench", "receipts/some_bench.json")
    Path(CACHED).unlink()
    mirror(tmp_path / "mirror")
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    assert downloads.write_receipt("some_bench", "receipts/some_bench.json") == here
    text = Path("receipts/some_bench.json").read_text()
    assert json.loads(text) == here
    assert str(tmp_path) not in text
    wanted = {
        "file": FILE,
        "bytes": len(WHOLE),
        "sha256": sha256(WHOLE).hexdigest(),
        "source": "official",
        "checked": "manifest",
    }
    assert here == {"benchmark": "some_bench", "files": [wanted]}


def test_the_receipt_tells_a_mirrors_own_table_from_the_authors_bytes(reader):
    mirror(downloads.CACHE)
    path = Path("data/originals.json")
    path.write_text(path.read_text().replace('"urls": []', '"urls": [], "derived_from": ["x"]'))
    assert downloads.receipt("some_bench")["files"][0]["source"] == "mirror"


def test_a_receipt_for_another_file_is_not_overwritten_unless_the_manifest_decides(reader):
    state(sha256=None, bytes=None)
    mirror(downloads.CACHE)
    manifest = json.loads(Path("data/originals.json").read_text())
    manifest["benchmarks"]["some_bench"]["files"].append(entry(name=FILE + "2"))
    Path("data/originals.json").write_text(json.dumps(manifest))
    assert downloads.write_receipt("some_bench", "receipt.json")["files"][0]["checked"] == "first use"
    before = Path("receipt.json").read_text()
    Path("receipt.json").write_text(before.replace(sha256(WHOLE).hexdigest(), "0" * 64))
    with pytest.raises(Damaged, match="Delete receipt.json"):
        downloads.write_receipt("some_bench", "receipt.json")
    assert "0" * 64 in Path("receipt.json").read_text()


ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "data" / "originals.json"


@pytest.mark.skipif(not MANIFEST.exists(), reason="data/originals.json is not here: dvc pull data.dvc")
def test_the_manifest_is_whole():
    known = originals.manifest(ROOT / "data")
    cited = (ROOT / "book" / "references.bib").read_text()
    assert len(known) > 80
    for name, one in known.items():
        assert name == one.name and name.split("/")[0] == one.benchmark, name
        assert one.sha256 is None or len(one.sha256) == 64, name
        assert one.md5 is None or len(one.md5) == 32, name
        assert one.licence and one.what, name
        assert f"{{{one.cite}," in cited, f"{name}: {one.cite} is not in references.bib"
        assert all(url.startswith(("https://", "http://")) for url in one.urls), name
        assert one.urls or one.derived_from or one.md5 or not one.sha256, name
