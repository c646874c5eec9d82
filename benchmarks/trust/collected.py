"""Mutants of functions without importing or collecting anew: the code of the function is exchanged in a forked process.

pytest collects the tests of a module once. A first child runs them and notes which functions of the module each enters;
for each mutant a child then exchanges the function's code and runs only the tests that enter it, the quickest first,
until one fails. Faults outside of functions, and in functions that run while modules are imported, need a new import
and are left to the caller.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from benchmarks.trust.mutants import Mutant

PATIENCE = 30
"""Seconds on the clock for each second of processor time that a child is given: other work may run beside it."""

LEAST_SECONDS = 5
"""Of processor time that each child is given, beside three times what the tests take without a mutant."""


@dataclass(frozen=True, slots=True)
class Function:
    """An outermost function of a module.

    Attributes:
        name: qualified by its classes.
        first, body, last: numbers of its lines: of the first decorator or ``def``, of the body's start, of its end.
    """

    name: str
    first: int
    body: int
    last: int


def functions_of(tree: ast.Module) -> list[Function]:
    """Return the functions and methods of a module, without those inside of functions."""
    found = []
    nodes: list[tuple[str, ast.stmt]] = [("", each) for each in tree.body]
    for prefix, node in nodes:
        if isinstance(node, ast.ClassDef):
            nodes += [(f"{prefix}{node.name}.", each) for each in node.body]
        elif isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found.append(Function(prefix + node.name, first, node.body[0].lineno, node.end_lineno or 0))
    return found


def owner_of(functions: Sequence[Function], line: int) -> str | None:
    """Return the name of the function whose body has a line; None outside of bodies."""
    return next((each.name for each in functions if each.body <= line <= each.last), None)


def live_function(module: types.ModuleType, owner: str) -> types.FunctionType:
    """Return a function of an imported module, without its decorators.

    Raises:
        LookupError: there is no such function.
    """
    found: Any = module
    for name in owner.split("."):
        found = vars(found)[name]
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    if not isinstance(found, types.FunctionType) or found.__qualname__ != owner:
        raise LookupError(owner)
    return found


def mutated_code(mutant: Mutant, path: Path, owner: str) -> types.CodeType:
    """Return the code of a function with the fault.

    Raises:
        LookupError: there is not exactly one such function.
    """
    found = [compile(mutant.source, str(path), "exec")]
    for name in owner.split("."):
        inner = [each for code in found for each in code.co_consts if isinstance(each, types.CodeType)]
        found = [each for each in inner if each.co_name == name]
    if len(found) != 1:
        raise LookupError(owner)
    return found[0]


class CollectedTests:
    """A plugin of pytest that runs the collected tests against mutants in place of once.

    Args:
        root: folder of the repository.
        file: path of the module in the repository.
        mutants: of the module.
        report: takes a list for each mutant, its exit status and seconds of processor time, or None if the module has
            to be imported anew. The first list is that of the tests without a mutant.
    """

    def __init__(
        self, root: Path, file: str, mutants: Sequence[Mutant], report: Callable[[list[float] | None], None]
    ) -> None:
        self._path, self._name = root / file, file.removesuffix(".py").replace("/", ".")
        self._mutants, self._report = mutants, report
        self._functions = functions_of(ast.parse(self._path.read_text(encoding="utf-8")))
        self._entered: set[str] = set()
        sys.settrace(self._trace)

    def _trace(self, frame: types.FrameType, event: str, argument: object) -> None:
        """Note the outermost function of the module that a call enters."""
        if frame.f_code.co_filename == str(self._path):
            start = frame.f_code.co_firstlineno
            self._entered |= {each.name for each in self._functions if each.first <= start <= each.last}

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the tests without a mutant, then against each."""
        imported = set(self._entered)  # while the tests were collected
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:  # a pipe would fill up before the child has ended
            first = in_child(600, lambda: self._trace_tests(session, file))
            file.seek(0)
            traced = [json.loads(line) for line in file]
        sys.settrace(None)
        if first[0] != 0 or len(traced) != len(session.items):
            self._report([first[0] or 70, first[1]])
            return True
        order = sorted(range(len(traced)), key=lambda index: float(traced[index]["seconds"]))
        items = [session.items[index] for index in order]
        entered = [set(traced[index]["entered"]) for index in order]
        plain = in_child(600, lambda: _run(session, items))  # in the new order, too, they pass
        self._report(plain)
        if plain[0] == 0:
            self._meet_mutants(session, items, entered, imported, LEAST_SECONDS + int(3 * plain[1]) + 1)
        return True

    def _trace_tests(self, session: Any, file: TextIO) -> int:
        """Run each test; write its seconds and the functions it enters as a line of JSON."""
        sys.settrace(self._trace)
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            self._entered.clear()
            start = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            seconds = time.process_time() - start
            file.write(json.dumps({"seconds": seconds, "entered": sorted(self._entered)}) + "\n")
        file.flush()
        return int(session.testsfailed > 0)

    def _meet_mutants(
        self, session: Any, items: list[Any], entered: list[set[str]], imported: set[str], limit: int
    ) -> None:
        for mutant in self._mutants:
            owner = owner_of(self._functions, mutant.line)
            try:
                if owner is None or owner in imported:
                    raise LookupError(owner)
                function = live_function(sys.modules[self._name], owner)
                code = mutated_code(mutant, self._path, owner)
                if code.co_freevars != function.__code__.co_freevars:
                    raise LookupError(owner)
            except LookupError:
                self._report(None)
                continue
            chosen = [item for item, names in zip(items, entered, strict=True) if owner in names]
            self._report(in_child(limit, lambda: _run_with(session, chosen, function, code)))  # noqa: B023 - runs at once


def _run_with(session: Any, items: list[Any], function: types.FunctionType, code: types.CodeType) -> int:
    function.__code__ = code
    return _run(session, items)


def _run(session: Any, items: list[Any]) -> int:
    """Run tests until one fails; return 1 if one did."""
    for item, after in zip(items, [*items[1:], None], strict=True) if items else ():
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return 1
    return 0


def in_child(limit: int, work: Callable[[], int]) -> list[float]:
    """Run work in a child process, which a signal ends after its time; return its exit status and seconds of CPU time.

    Args:
        limit: seconds of processor time; on the clock, :data:`PATIENCE` times as many.
        work: returns the exit status.
    """
    child = os.fork()
    if child == 0:
        _work_and_exit(limit, work)
    _, status, used = os.wait4(child, 0)
    return [os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime]


def _work_and_exit(limit: int, work: Callable[[], int]) -> NoReturn:
    status = 70  # a fault of the work itself
    try:
        _limit_time(limit)
        status = work()
    finally:
        os._exit(status)


def _limit_time(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    signal.alarm(PATIENCE * limit)
