"""Mutants: what is changed and what is left alone, and whether tests that notice are told from tests that do not."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from benchmarks.trust.collected import functions_of, live_function, mutated_code, owner_of
from benchmarks.trust.mutants import mutants_of
from benchmarks.trust.mutation import ROOT, TARGETS, chosen, read_reasons

MODULE = '''
"""A text with 1 number."""
from dataclasses import dataclass

__all__ = ["area", "either"]

@dataclass(frozen=True)
class Box:
    side: tuple[int, 2]

def area(a: float, b: float) -> float:
    if a < 0:
        raise ValueError(f"{a + 1} is less than 0")
    return max(a, 0.5) * b

def either(a, b):
    return a or not b
'''


@pytest.fixture
def mutants(tmp_path):
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    return mutants_of(tmp_path, "module.py")


def test_every_kind_of_change_is_made_once(mutants):
    assert [(each.code, each.change) for each in mutants] == [
        ("if a < 0:", "condition to True"),
        ("if a < 0:", "condition to False"),
        ("if a < 0:", "< to <="),
        ("if a < 0:", "< to >="),
        ("if a < 0:", "0 to 1"),
        ("return max(a, 0.5) * b", "returns None"),
        ("return max(a, 0.5) * b", "* to /"),
        ("return max(a, 0.5) * b", "max to min"),
        ("return max(a, 0.5) * b", "0.5 to 1.5"),
        ("return a or not b", "returns None"),
        ("return a or not b", "or to and"),
        ("return a or not b", "without not"),
    ]


def test_each_mutant_differs_in_its_own_way_and_compiles(mutants):
    whole = ast.unparse(ast.parse(MODULE))
    sources = [each.source for each in mutants]
    assert len(set(sources)) == len(sources) and whole not in sources
    for source in sources:
        compile(source, "module.py", "exec")


def test_samples_are_those_of_the_seed(mutants):
    few = chosen(mutants, 4, seed=1)
    assert few == chosen(mutants, 4, seed=1) != chosen(mutants, 4, seed=2)
    assert len(few) == 4 and [each.line for each in few] == sorted(each.line for each in few)
    assert chosen(mutants, None, 0) == chosen(mutants, 99, 0) == mutants


def test_modules_and_their_tests_exist():
    files = {*TARGETS, *(test for tests in TARGETS.values() for test in tests)}
    assert {file for file in files if not (ROOT / file).is_file()} == set()


def test_survivors_with_a_reason_are_still_mutants():
    for (file, code, change), reason in read_reasons().items():
        assert (code, change) in {(each.code, each.change) for each in mutants_of(ROOT, file)}
        assert reason


OWNED = """
SIDE = 2

class Square:
    side: int = 3

    @property
    def area(self):
        return self.side * SIDE

    @staticmethod
    def corners(count=4):
        return [each + 1 for each in range(count)]
"""


def test_lines_of_functions_are_told_from_lines_that_run_at_import():
    functions = functions_of(ast.parse(OWNED))
    owners = [owner_of(functions, line) for line in range(1, 14)]
    assert owners == [None] * 8 + ["Square.area"] + [None] * 3 + ["Square.corners"]


@pytest.mark.parametrize(("line", "change", "result"), [(9, "* to /", (1.5, [1, 2])), (13, "1 to 2", (6, [2, 3]))])
def test_exchanged_code_behaves_as_the_mutant_does(tmp_path, line, change, result):
    (tmp_path / "module.py").write_text(OWNED, encoding="utf-8")
    [mutant] = [each for each in mutants_of(tmp_path, "module.py") if (each.line, each.change) == (line, change)]
    module = types.ModuleType("module")
    exec(OWNED, module.__dict__)
    square, corners = module.Square(), module.Square.corners
    assert (square.area, corners(2)) == (6, [1, 2])
    owner = owner_of(functions_of(ast.parse(OWNED)), line)
    live_function(module, owner).__code__ = mutated_code(mutant, Path("module.py"), owner)
    assert (square.area, corners(2)) == result


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_tests_meet_the_mutants():
    script = """
import benchmarks.trust.mutation as mutation
from dataclasses import replace
file = "runtime/landmarks/openings.py"
[first] = mutation.chosen(mutation.mutants_of(mutation.ROOT, file), 1, 0)
broken = replace(first, source="from runtime.faces import Face\\neye_opening = mouth_opening = Openings = None")
endless = replace(first, source="while True: pass")
tests = mutation.TARGETS[file]
print(mutation.run_tests(tests, 60).status, mutation.run_tests(tests, 60, broken).status > 0,
      mutation.run_tests(tests, 2, endless).timed_out)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "0 True True\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_collected_tests_meet_the_mutants():
    script = """
import benchmarks.trust.mutation as mutation
from dataclasses import replace
file = "runtime/landmarks/openings.py"
mutants = mutation.mutants_of(mutation.ROOT, file)
[mean] = [each for each in mutants if each.code == "return (self.right + self.left) / 2" and each.change == "+ to -"]
same = replace(mean, source=(mutation.ROOT / file).read_text())
outside = next(each for each in mutants if each.code.startswith("_LEFT_EYE"))
runs = mutation.run_collected(mutation.TARGETS[file], file, [mean, same, outside])
print([run and run.status for run in runs])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[0, 1, 0, None]\n", done.stderr
