"""Pickles without trust: numbers, text, containers and numpy arrays come out of them, and nothing else is ever called."""

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from untrained.originals import Damaged

MAGIC = 0x1950A86A20F9469CFC6C
"""First object of a file that torch.save wrote before it wrote zip archives."""

BROKEN = (pickle.UnpicklingError, struct.error, EOFError, LookupError, ValueError, TypeError, AttributeError, OverflowError)
"""What reading a damaged pickle may raise."""

Finished = Callable[[dict], None]
"""Shown every dictionary as soon as it is filled; it may take out what it needs, and empty what was in it."""


def load(handle: IO[bytes], name: str, *, finished: Finished | None = None) -> Any:
    """The object of one pickle, also of one that Python 2 wrote (its text and bytes are read as Latin-1).

    Args:
        handle: open for reading; left behind the pickle.
        name: of the file, for messages.
        finished: shown each dictionary, so that a file larger than the memory can be read; about ten times slower.

    Raises:
        Damaged: the pickle is cut, or names anything else than data; nothing of it was executed.
    """
    try:
        return (_Stream(handle, finished) if finished else _Data(handle, encoding="latin1")).load()
    except Damaged as error:
        raise Damaged(f"{name}: {error}") from None
    except BROKEN as error:
        raise Damaged(f"{name} is cut or no pickle ({error}): delete it and fetch it again.") from error


def load_torch(path: Path, *, finished: Finished | None = None) -> Any:
    """The object that torch.save wrote, in its old or its zip format, if it holds no tensors; `finished` as in `load`.

    Raises:
        Damaged: no such file of torch, cut, or with anything else than data in it.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inner = [entry for entry in archive.namelist() if entry.endswith("/data.pkl")]
            if len(inner) != 1:
                raise Damaged(f"{path} is a zip file without the one data.pkl of torch.save.")
            with archive.open(inner[0]) as handle:
                return load(handle, str(path), finished=finished)
    with path.open("rb") as handle:
        if load(handle, str(path)) != MAGIC:
            raise Damaged(f"{path} was not written by torch.save.")
        _version, _system = load(handle, str(path)), load(handle, str(path))
        return load(handle, str(path), finished=finished)


class _Allowed:
    """Finds the few constructors of data, and refuses every other name before it is imported."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        try:
            return _ALLOWED[module.replace("numpy._core", "numpy.core"), name]
        except KeyError:
            raise Damaged(f"the pickle asks for {module}.{name}, which is no data; nothing was executed") from None

    def persistent_load(self, pid: Any) -> Any:
        raise Damaged(f"the pickle refers to a tensor ({str(pid)[:40]}); only plain data is read")


class _Data(_Allowed, pickle.Unpickler):
    """All at once."""


class _Stream(_Allowed, pickle._Unpickler):
    """The interpreter's own slow reader, which can be looked over the shoulder."""

    dispatch = pickle._Unpickler.dispatch.copy()

    def __init__(self, handle: IO[bytes], finished: Finished) -> None:
        super().__init__(handle, encoding="latin1")
        self.memo, self.finished = _Memo(), finished

    def load_setitems(self) -> None:
        """Fill a dictionary, then show it."""
        super().load_setitems()
        self.finished(self.stack[-1])

    dispatch[pickle.SETITEMS[0]] = load_setitems


class _Memo(list):
    """Objects by the number the pickle gave them, in order; equal texts are kept once."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}

    def __setitem__(self, number: int, value: Any) -> None:
        value = self.texts.setdefault(value, value) if type(value) is str else value
        if number == len(self):
            self.append(value)
        else:
            super().__setitem__(number, value)


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
