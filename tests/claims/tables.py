"""Hand-made tables of correlations for the claims that read them."""

import pandas as pd


def correlations(
    rows: dict, *, metric: str = "krocc", sets: tuple[str, ...] = ("unique", "full"), **changes: object
) -> pd.DataFrame:
    """A table as the correlations stage writes it, every indicator with the same figures in all sets.

    Args:
        rows: indicator to (value, low, high), or to a value with an interval of 0.04 around it.
        metric: of all rows.
        sets: that the table holds.
        **changes: other values of a column.
    """
    made = []
    for set in sets:
        for proxy, found in rows.items():
            value, low, high = found if isinstance(found, tuple) else (found, found - 0.02, found + 0.02)
            common = {"proxy": proxy, "metric": metric, "value": value, "n": 640, "missing": 0, "set": set} | changes
            made.append(common | {"low": low, "high": high, "invalid": "worst"})
            made.append(common | {"low": None, "high": None, "invalid": "drop"})
    return pd.DataFrame(made)
