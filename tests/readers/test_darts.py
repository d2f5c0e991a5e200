"""The reader of trained DARTS genotypes, on a small file in the published form."""

import pytest

from untrained.benchmarks.darts import JOINED, arch_str
from untrained.benchmarks.genotypes import Genotype
from untrained.readers import sources
from untrained.readers.darts import FILE, read

ONE, TWO = (arch_str(Genotype(((name, 0),) * 8, JOINED, ((name, 1),) * 8, JOINED)) for name in ("none", "sep_conv_3x3"))


def written(folder, *lines):
    path = folder / "genotypes.csv"
    path.write_text("".join(f"{line}\n" for line in lines))
    return {FILE: path}


def test_lines_without_a_header_become_rows(tmp_path):
    table = read(written(tmp_path, f'"{ONE}",85.0', f'"{TWO}",81.25'))
    assert list(table.columns) == ["arch", "dataset", "valid_acc"]
    assert table.values.tolist() == [[ONE, "cifar10", 85.0], [TWO, "cifar10", 81.25]]
    assert sources("darts")[0].read is read


@pytest.mark.parametrize("line", ['"DARTS_V2",85.0', f'"{ONE}",best', f'"{ONE}",850.0', f'"{ONE}"'])
def test_a_wrong_line_is_named(tmp_path, line):
    with pytest.raises(ValueError, match="line 2: got"):
        read(written(tmp_path, f'"{TWO}",81.25', line))
