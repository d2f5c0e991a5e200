"""The line under a figure or table that says where it comes from."""


def line(notebook: str, data_hash: str, commit: str) -> str:
    """Provenance in one line of markdown.

    >>> line("05_fuse-nas_bench_digits", "1f2e3d4c5b", "")
    '*Notebook `05_fuse-nas_bench_digits`, data `1f2e3d4c5b`, commit `none`*'
    """
    return f"*Notebook `{notebook}`, data `{data_hash or 'none'}`, commit `{commit or 'none'}`*"
