"""The claims table and a reproduction report: what was computed here against what the last commit holds.

`python -m untrained.verify` prints both and ends with status 1 where a verdict is not the committed one;
`python -m untrained.verify --write OUT` writes the summary by which results of another machine are compared.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import yaml

from untrained.book import ours

CLAIMS = "results/claims.json"
SUMMARY = "results/summary.json"
TABLES = ("results/ceilings", "results/scores", "results/correlations", "results/fusion", "results/control", "results/das")
TOLERANCE = 1e-3
"""Relative, and absolute below 1: a thousandth of a correlation, or of a percent; the intervals are twenty times wider."""
MAY_DIFFER = ("commit", "code_hash", "data_hash", "seconds")
GROUPS = 32


def summarise(root: Path = Path(".")) -> dict[str, Any]:
    """Rows, mean and standard deviation of every number of every result table, by its columns of few names."""
    files = sorted(file for folder in TABLES for file in (Path(root) / folder).glob("*.parquet"))
    return {
        file.relative_to(root).as_posix().removesuffix(".parquet"): _summary(pq.read_table(file).to_pandas())
        for file in files
    }


def _summary(table: pd.DataFrame) -> dict[str, Any]:
    numbers = [c for c in table.select_dtypes("number").columns if c not in MAY_DIFFER]
    texts = [c for c in table.columns if c not in numbers and c not in MAY_DIFFER and table[c].nunique() <= GROUPS]
    groups = table.groupby(texts, observed=True, dropna=False) if texts else [("all", table)]
    return {_name(key): _moments(rows[numbers]) for key, rows in groups}


def _name(key: Any) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _moments(rows: pd.DataFrame) -> dict[str, float]:
    found: dict[str, float] = {"rows": len(rows)}
    for name in rows:
        values = rows[name].dropna()
        if len(values):
            found |= {f"{name} mean": _short(values.mean()), f"{name} sd": _short(values.std(ddof=0))}
    return found


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def committed(path: str, root: Path = Path(".")) -> bytes | None:
    """A file as the last commit has it; None where it has none."""
    try:
        return subprocess.run(["git", "show", f"HEAD:{path}"], cwd=root, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def close(found: Any, wanted: Any) -> bool:
    """Whether two JSON values agree: numbers within the tolerance, everything else exactly, provenance aside.

    >>> close({"ours": 0.7000004, "commit": "a"}, {"ours": 0.7, "commit": "b"}), close([1, "holds"], [1, "fails"])
    (True, False)
    """
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        names = (found.keys() | wanted.keys()) - set(MAY_DIFFER)
        return all(name in found and name in wanted and close(found[name], wanted[name]) for name in names)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    if _number(found) and _number(wanted):
        return abs(found - wanted) <= TOLERANCE * max(1.0, abs(wanted))
    return found == wanted


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def outputs(root: Path = Path(".")) -> Iterator[tuple[str, str]]:
    """Each output of the committed dvc.lock and how it compares: bit-identical, within tolerance, differs, missing."""
    text = committed("dvc.lock", root)
    stages = yaml.safe_load(text)["stages"] if text else {}
    summary = json.loads(committed(SUMMARY, root) or "{}"), summarise(root)
    for entry in stages.values():
        for out in entry.get("outs", ()):
            yield out["path"], _compare(out["path"], out["md5"], root, *summary)


def _compare(path: str, md5: str, root: Path, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    file = Path(root) / path
    if not file.exists():
        return "missing"
    if _md5(file, path, root) == md5:
        return "bit-identical"
    name = path.removesuffix(".parquet")
    if name in wanted:
        return "within tolerance" if close(found.get(name), wanted[name]) else "differs"
    before = committed(path, root) if path.endswith(".json") else None
    if before is not None and close(json.loads(file.read_text(encoding="utf-8")), json.loads(before)):
        return "within tolerance"
    return "differs"


def _md5(file: Path, path: str, root: Path) -> str:
    """Of the bytes of a file; of a folder what dvc found when the stage ran here."""
    if file.is_file():
        return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
    entries = yaml.safe_load((Path(root) / "dvc.lock").read_text(encoding="utf-8"))["stages"].values()
    return next((out["md5"] for entry in entries for out in entry.get("outs", ()) if out["path"] == path), "")


def judged(root: Path = Path(".")) -> list[dict[str, Any]]:
    """Every claim judged anew from the result tables that lie here."""
    from untrained import claims

    results = Path(root) / "results"
    files = {name: results / f"{name}.parquet" for name in claims.needed()}
    return claims.judge({name: pd.read_parquet(file) for name, file in files.items() if file.exists()})


def verdicts(found: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each claim with the verdict found here and the committed one; `broken` where they differ or one is missing."""
    here, there = ({row["id"]: row for row in rows} for rows in (found, wanted))
    rows = []
    for name in {**there, **here}:
        now = here.get(name, {}).get("verdict", "not computed")
        then = there.get(name, {}).get("verdict", "not committed")
        rows.append({**there.get(name, {}), **here.get(name, {}), "verdict": now, "committed": then, "broken": now != then})
    return rows


def report(root: Path = Path(".")) -> tuple[str, bool]:
    """The text of both tables, and whether every verdict is the committed one."""
    claims = verdicts(judged(root), json.loads(committed(CLAIMS, root) or "[]"))
    head = ("claim", "published", "ours", "verdict", "committed")
    cells = [
        (row["id"], shorten(str(row.get("published", "")), 40), shorten(ours(row), 40), row["verdict"], _committed(row))
        for row in claims
    ]
    found = list(outputs(root))
    counts = pd.Series([state for _, state in found], dtype="str").value_counts()
    broken = sum(row["broken"] for row in claims)
    states = ", ".join(f"{n} {state}" for state, n in counts.items()) or "nothing is committed"
    lines = [*_aligned([head, *cells]), "", *_aligned([("output", "against the committed one"), *found])]
    lines += ["", f"{len(found)} outputs: {states}", f"{len(claims)} claims: {broken} broken"]
    return "\n".join(lines), bool(claims) and not broken


def _committed(row: Mapping[str, Any]) -> str:
    return f"{row['committed']}  BROKEN" if row["broken"] else row["committed"]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 on a broken claim."""
    parser = argparse.ArgumentParser(
        prog="python -m untrained.verify", description="Compare results with the committed ones."
    )
    parser.add_argument("--write", type=Path, metavar="OUT", help="write the summary of the result tables instead")
    given = parser.parse_args(arguments)
    if given.write:
        given.write.write_text(json.dumps(summarise(), indent=1) + "\n", encoding="utf-8")
        return 0
    text, whole = report()
    sys.stdout.write(text + "\n")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
