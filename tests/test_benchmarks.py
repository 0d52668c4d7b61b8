"""The door to the benchmarks; what they measure is no test."""

from importlib.util import find_spec
from runpy import run_module

import pytest

DOOR = run_module("tests.benchmarks.__main__")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "fast"]])
def test_without_a_known_name_the_benchmarks_are_listed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert DOOR["main"](arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[0] == "usage: make bench NAME=..."
    assert [line.split()[0] for line in told.err.splitlines()[1:]] == [*DOOR["BENCHMARKS"]]


@pytest.mark.parametrize("name", DOOR["BENCHMARKS"])
def test_every_benchmark_is_a_module_beside_the_door(name: str) -> None:
    assert find_spec(f"tests.benchmarks.{name}") is not None
