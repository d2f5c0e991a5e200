"""One notebook of the repository, run in a folder of its own."""

import os
from pathlib import Path
from unittest import mock

from untrained import notebooks

SOURCES = Path(__file__).parents[1] / "notebooks"


def run(name: str, parameters: dict, folder: Path, **environment: str) -> None:
    """Run it in this process, whose environment is afterwards as it was; the cells run in a kernel."""
    with mock.patch.dict(os.environ, environment):
        notebooks.run(SOURCES / f"{name}.py", folder / "out.ipynb", parameters, cwd=folder, logs=folder / "logs")
