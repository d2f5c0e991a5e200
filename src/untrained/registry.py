"""Register by decorator, discover a folder, look up with a suggestion."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


def suggest(name: str, known: Iterable[str]) -> str:
    """The sentence that follows "Unknown x": the nearest valid name, or all of them.

    >>> suggest("snyflow", ["snip", "synflow"])
    "Did you mean 'synflow'?"
    """
    known = sorted(map(str, known))
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Names to entries; the modules of one package are imported on first look-up, and each adds its own entries.

    Args:
        kind: the word for one entry in messages, such as "proxy".
        package: dotted name of the package whose modules register entries.
        listing: the call that lists all entries, named in the message for an unknown name.
    """

    def __init__(self, kind: str, package: str, *, listing: str) -> None:
        self.kind, self.package, self.listing = kind, package, listing
        self._entries: dict[str, Entry] = {}
        self._discovered = False

    def add(self, name: str, entry: Entry) -> Entry:
        """Register one entry; a name taken twice is an error, save by the same module run again."""
        if name in self._entries and _module(self._entries[name]) != _module(entry):
            raise ValueError(f"{self.kind} {name!r} is registered twice: rename one of them.")
        self._entries[name] = entry
        return entry

    def discover(self) -> None:
        """Import every module of the package, once."""
        if not self._discovered:
            self._discovered = True
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")

    def __getitem__(self, name: str) -> Entry:
        self.discover()
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownName(
                f"Unknown {self.kind} {name!r}. {suggest(name, self._entries)} {self.listing} lists all."
            ) from None

    def __iter__(self) -> Iterator[str]:
        self.discover()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self.discover()
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        self.discover()
        return name in self._entries


class UnknownName(KeyError):  # noqa: N818 - read as "unknown name"
    """A name that no entry has; the message suggests the nearest one."""

    def __str__(self) -> str:
        """The message itself (a plain KeyError would quote it)."""
        return self.args[0]


def _module(entry: object) -> str:
    """Module an entry was defined in: of the function or class itself, of the wrapped function, or of its class."""
    return getattr(getattr(entry, "function", entry), "__module__", type(entry).__module__)
