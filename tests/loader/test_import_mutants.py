"""A few mutated logs, results and price lists of the long run: each is read, or refused in words of the input."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from tests.bench.import_mutants import READERS, outcome_of, samples
from tests.mutants import file_mutants


def test_no_mutant_breaks_an_importer(tmp_path: Path) -> None:
    outcomes = {}
    with warnings.catch_warnings():
        for kind_of_warning in (RuntimeWarning, FutureWarning, pd.errors.ParserWarning):
            warnings.simplefilter("error", kind_of_warning)
        for number, (name, content) in enumerate(file_mutants(11, 200, samples())):
            kind, _, rest = name.partition(" ")
            file = tmp_path / rest.replace(" ", "_")
            file.write_bytes(content)
            outcomes[number, name] = outcome_of(READERS[kind], file)
    assert {place: said for place, said in outcomes.items() if said not in ("read", "refused")} == {}
    assert {*outcomes.values()} == {"read", "refused"}


def test_files_that_are_as_they_should_be_are_read(tmp_path: Path) -> None:
    for name, content in samples().items():
        kind, _, rest = name.partition(" ")
        file = tmp_path / rest.replace(" ", "_")
        file.write_bytes(content)
        assert outcome_of(READERS[kind], file) == "read", name
