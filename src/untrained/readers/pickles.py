"""Pickles without trust: numbers, text, containers and numpy arrays come out of them, and nothing else is ever called."""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from untrained.originals import Damaged

MAGIC = 0x1950A86A20F9469CFC6C
"""First object of a file that torch.save wrote before it wrote zip archives."""


def load(handle: IO[bytes], name: str) -> Any:
    """The object of one pickle, also of one that Python 2 wrote (its text and bytes are read as Latin-1).

    Args:
        handle: open for reading; left behind the pickle.
        name: of the file, for messages.

    Raises:
        Damaged: the pickle is cut, or names anything else than data; nothing of it was executed.
    """
    return _load(_Data(handle, encoding="latin1"), name)


def load_torch(path: Path) -> Any:
    """The object that torch.save wrote, in its old or its zip format, if it holds no tensors.

    Raises:
        Damaged: no such file of torch, cut, or with anything else than data in it.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inner = [entry for entry in archive.namelist() if entry.endswith("/data.pkl")]
            if len(inner) != 1:
                raise Damaged(f"{path} is a zip file without the one data.pkl of torch.save.")
            with archive.open(inner[0]) as handle:
                return load(handle, str(path))
    with path.open("rb") as handle:
        if load(handle, str(path)) != MAGIC:
            raise Damaged(f"{path} was not written by torch.save.")
        _version, _system = load(handle, str(path)), load(handle, str(path))
        return load(handle, str(path))


def _load(unpickler: pickle.Unpickler, name: str) -> Any:
    try:
        return unpickler.load()
    except Damaged as error:
        raise Damaged(f"{name}: {error}") from None
    except (
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
    ) as error:
        raise Damaged(f"{name} is cut or no pickle ({error}): delete it and fetch it again.") from error


class _Data(pickle.Unpickler):
    """Finds the few constructors of data, and refuses every other name before it is imported."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        try:
            return _ALLOWED[module.replace("numpy._core", "numpy.core"), name]
        except KeyError:
            raise Damaged(f"the pickle asks for {module}.{name}, which is no data; nothing was executed") from None

    def persistent_load(self, pid: Any) -> Any:
        raise Damaged(f"the pickle refers to a tensor ({str(pid)[:40]}); only plain data is read")


class _Scalar:
    """A numpy scalar from its bytes. An object without attributes, because a pickle may set those of what it names."""

    __slots__ = ()

    def __call__(self, dtype: np.dtype, raw: Any) -> Any:
        if dtype.hasobject:
            raise Damaged("the pickle holds a numpy scalar of Python objects")
        return np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, dtype)[0]


class _Encode:
    """Bytes as Python 3 writes them in the old protocols."""

    __slots__ = ()

    def __call__(self, text: str, encoding: str = "latin1") -> bytes:
        if encoding != "latin1":
            raise Damaged(f"the pickle asks for the encoding {encoding!r}")
        return text.encode(encoding)


_ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("_codecs", "encode"): _Encode(),
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
    ("numpy.core.multiarray", "scalar"): _Scalar(),
}
