"""CIFAR: both archives give the same arrays in the official order; what is cut or wrong is refused."""

import io
import pickle
import tarfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from official import archive, cifar_binary, cifar_python, pixels

from untrained.originals import Damaged
from untrained.readers import cifar

IMAGES, LABELS = pixels(20), np.arange(20) % 10


@pytest.mark.parametrize("count", [None, 20, 13, 4])
@pytest.mark.parametrize(("write", "read"), [(cifar_binary, cifar.binary), (cifar_python, cifar.python)])
def test_official_order(tmp_path, write, read, count):
    images, labels = read(write(tmp_path / "x.tar.gz", IMAGES, LABELS), "cifar10", count)
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    assert_array_equal(images, IMAGES[:count])
    assert_array_equal(labels, LABELS[:count])


def test_cifar100_has_two_labels_and_the_fine_one_counts(tmp_path):
    rows = IMAGES.reshape(20, -1)
    records = np.concatenate([np.full((20, 1), 19), LABELS[:, None] + 80, rows], axis=1).astype(np.uint8)
    binary = archive(tmp_path / "b.tar.gz", {"train.bin": records.tobytes()})
    batch = {"data": rows, "coarse_labels": [19] * 20, "fine_labels": (LABELS + 80).tolist()}
    python = archive(tmp_path / "p.tar.gz", {"train": pickle.dumps(batch, protocol=2)})
    for images, labels in (cifar.binary(binary, "cifar100", 7), cifar.python(python, "cifar100", 7)):
        assert_array_equal(images, IMAGES[:7])
        assert_array_equal(labels, LABELS[:7] + 80)


@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.97])
@pytest.mark.parametrize(("write", "read"), [(cifar_binary, cifar.binary), (cifar_python, cifar.python)])
def test_a_cut_archive_is_refused(tmp_path, write, read, share):
    path = write(tmp_path / "x.tar.gz", IMAGES, LABELS)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    with pytest.raises(Damaged, match=r"x\.tar\.gz"):
        read(path, "cifar10")


def test_a_lacking_batch_and_a_broken_record_are_named(tmp_path):
    path = archive(tmp_path / "a.tar.gz", {"data_batch_1.bin": bytes(3073)})
    with pytest.raises(Damaged, match=r"has no data_batch_2\.bin"):
        cifar.binary(path, "cifar10")
    path = archive(tmp_path / "b.tar.gz", {"data_batch_1.bin": bytes(3072)})
    with pytest.raises(Damaged, match="3,072 bytes, no multiple of 3,073"):
        cifar.binary(path, "cifar10")


class Acting:
    def __reduce__(self):
        return eval, ("open('touched', 'w')",)


def test_a_malicious_batch_is_refused_and_executes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = archive(tmp_path / "x.tar.gz", {"data_batch_1": pickle.dumps({"data": Acting()}, protocol=2)})
    with pytest.raises(Damaged, match=r"data_batch_1: the pickle asks for .*eval"):
        cifar.python(path, "cifar10")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "batch",
    [
        [1],
        {"labels": [1]},
        {"data": np.zeros((1, 3)), "labels": [1]},
        {"data": np.zeros((2, 3072), np.uint8), "labels": [1]},
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path, batch):
    path = archive(tmp_path / "x.tar.gz", {"data_batch_1": pickle.dumps(batch, protocol=2)})
    with pytest.raises(Damaged, match="data_batch_1 has no"):
        cifar.python(path, "cifar10")


def test_a_member_outside_its_folder_is_never_unpacked(tmp_path):
    path = tmp_path / "in" / "x.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("../data_batch_1.bin")
        info.size = 3073
        tar.addfile(info, io.BytesIO(bytes(3073)))
    assert len(cifar.binary(path, "cifar10", 1)[1]) == 1
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["x.tar.gz"]


def test_downsampled_imagenet(tmp_path):
    small = pixels(5, 16)
    batch = {"data": small.reshape(5, -1), "labels": [1, 1000, 120, 7, 121], "mean": np.zeros(768)}
    (tmp_path / "train_data_batch_1").write_bytes(pickle.dumps(batch, protocol=2))
    images, labels = cifar.downsampled(tmp_path / "train_data_batch_1")
    assert_array_equal(images, small)
    assert labels.tolist() == [1, 1000, 120, 7, 121]
