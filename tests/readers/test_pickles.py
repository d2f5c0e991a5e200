"""Pickles: data comes through unchanged, anything that would act is refused before it acts."""

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from official import nas_bench_201

from untrained.originals import Damaged
from untrained.readers import pickles

DATA = {
    "text": "ü",
    ("cifar10", 777): [1, 2.5, None, True],
    "ordered": OrderedDict(a=1),
    "set": {1, 2},
    "array": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "scalar": np.float64(1.5),
    "bytes": b"\x00\xff",
}


class Acting:
    """A pickle that touches a file when it is loaded by trust."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def same(found):
    np.testing.assert_array_equal(found.pop("array"), DATA["array"])
    assert found == {key: value for key, value in DATA.items() if key != "array"}
    assert isinstance(found["ordered"], OrderedDict)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])  # 5 is younger than every original
def test_data_comes_through(protocol):
    same(pickles.load(io.BytesIO(pickle.dumps(DATA, protocol)), "here"))
    same(pickles.load(io.BytesIO(pickle.dumps(DATA, protocol)), "here", finished=lambda _: None))


def test_dictionaries_are_shown_when_they_are_filled():
    content = {number: {"name": "same text", "curve": {i: float(i) for i in range(5)}} for number in range(3)}
    shown = []

    def finished(filled):
        if "curve" in filled:
            shown.append((filled["name"], filled["curve"].copy()))
            filled["curve"].clear()

    found = pickles.load(io.BytesIO(pickle.dumps(content, 2)), "here", finished=finished)
    assert shown == [("same text", content[0]["curve"])] * 3
    assert found == {number: {"name": "same text", "curve": {}} for number in range(3)}


@pytest.mark.parametrize("zipped", [False, True])
def test_what_torch_saved_comes_through(tmp_path, zipped):
    torch.save(DATA, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    same(pickles.load_torch(tmp_path / "x.pth"))


def test_python_2_text_and_arrays():
    """Opcodes as Python 2 wrote them: text of bytes (U), an array whose data is such text."""
    raw = b"\x80\x02}q\x00U\x04dataq\x01cnumpy\nfromstring\n."
    with pytest.raises(Damaged, match="numpy.fromstring"):
        pickles.load(io.BytesIO(raw), "here")
    state = b"(K\x01K\x02\x85cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89U\x02\xff\x01tb"
    raw = b"\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" + state + b"s."
    np.testing.assert_array_equal(pickles.load(io.BytesIO(raw), "here")["data"], np.array([255, 1], np.uint8))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_malicious_pickle_is_refused_and_executes_nothing(tmp_path, protocol):
    raw = pickle.dumps({"data": Acting(tmp_path / "touched")}, protocol)
    for finished in (None, lambda _: None):
        with pytest.raises(Damaged, match="my file: the pickle asks for .*, which is no data; nothing was executed"):
            pickles.load(io.BytesIO(raw), "my file", finished=finished)
    assert not (tmp_path / "touched").exists()
    pickle.loads(raw)
    assert (tmp_path / "touched").exists(), "the pickle would not have acted: the test proves nothing"


@pytest.mark.parametrize("zipped", [False, True])
def test_a_malicious_file_of_torch_is_refused_and_executes_nothing(tmp_path, zipped):
    torch.save([Acting(tmp_path / "touched")], tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(Damaged, match="nothing was executed"):
        pickles.load_torch(tmp_path / "x.pth")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "builtins.getattr", "torch._utils._rebuild_tensor", "numpy.load", "codecs.encode"]
)
def test_no_other_name_is_even_imported(name):
    module, _, function = name.rpartition(".")
    raw = f"c{module}\n{function}\n(S'x'\ntR.".encode()
    with pytest.raises(Damaged, match=f"asks for {name}"):
        pickles.load(io.BytesIO(raw), "here")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\x80\x02c_codecs\nencode\nU\x01xU\x04zlib\x86R.", "encoding 'zlib'"),
        (b"\x80\x02cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x01O\x85RU\x01x\x86R.", "Python objects"),
        (b"\x80\x02c_codecs\nencode\n}U\x04nameU\x01xsb.", "no pickle"),
        (b"\x80\x02c_codecs\nencode\nN}U\x0c__defaults__U\x01xs\x86b.", "no pickle"),
        (b"\x80\x02U\x05where" + pickle.BINPERSID + b".", "refers to a tensor"),
    ],
)
def test_the_allowed_names_do_one_thing_only(raw, message):
    with pytest.raises(Damaged, match=message):
        pickles.load(io.BytesIO(raw), "here")


@pytest.mark.parametrize("zipped", [False, True])
def test_tensors_are_refused(tmp_path, zipped):
    torch.save({"x": torch.zeros(2)}, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(Damaged):
        pickles.load_torch(tmp_path / "x.pth")


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9])
@pytest.mark.parametrize("old", [True, False])
def test_a_cut_file_is_refused(tmp_path, share, old):
    path = nas_bench_201(tmp_path / "x.pth", old=old)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    for finished in (None, lambda _: None):
        with pytest.raises(Damaged, match=r"x\.pth"):
            pickles.load_torch(path, finished=finished)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(pickle.dumps({"meta_archs": []}))
    with pytest.raises(Damaged, match="not written by torch.save"):
        pickles.load_torch(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/readme", "-")
    with pytest.raises(Damaged, match=r"without the one data\.pkl"):
        pickles.load_torch(path)
