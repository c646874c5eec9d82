"""Small faults put into a module's code, one at a time: what ``benchmarks.trust.mutation`` runs tests against."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}

CALLED = {
    "min": "max",
    "minimum": "maximum",
    "argmin": "argmax",
    "any": "all",
    "floor": "ceil",
    "sin": "cos",
    "hstack": "vstack",
    "mean": "max",
    "zeros": "ones",
} | {"max": "min", "maximum": "minimum", "argmax": "argmin", "all": "any", "ceil": "floor", "cos": "sin"}

Change = tuple[str, Callable[[], None], Callable[[], None]]
"""Description, what makes the change in the tree, and what takes it back."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault.

    Attributes:
        file: path of the module in the repository.
        line: number of the changed line, from 1.
        code: that line as it is, stripped.
        change: what was changed, for instance ``"< to <="``.
        source: the whole module with the fault; its lines are numbered anew.
    """

    file: str
    line: int
    code: str
    change: str
    source: str


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """Return all mutants of a module.

    Operators of arithmetic, comparison and logic are exchanged, signs and negations dropped, 1 added to numbers, truth
    values and some functions (``min`` and ``max``) exchanged, conditions and returned values replaced. Annotations,
    decorators, texts and the arguments of exceptions are left alone.
    """
    text = (root / file).read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    found = []
    for node in _mutable(tree):
        for change, make, undo in _changes(node):
            make()
            source = ast.unparse(tree)
            undo()
            line: int = getattr(node, "lineno", 1)
            found.append(Mutant(file, line, lines[line - 1].strip(), change, source))
    return found


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may be changed, parents first."""
    yield node
    skipped: set[int] = set()
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        skipped |= {id(each) for each in node.decorator_list}
    if isinstance(node, ast.FunctionDef) and node.returns:
        skipped.add(id(node.returns))
    if isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation:
        skipped.add(id(node.annotation))
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
        return
    for child in ast.iter_child_nodes(node):
        if id(child) not in skipped and not isinstance(child, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            yield from _mutable(child)


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield the changes of one node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in BINARY:
        yield _exchange(node, "op", BINARY[type(node.op)]())
    elif isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                yield _item(node.ops, index, other())
    elif isinstance(node, ast.BoolOp):
        yield _exchange(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _exchange(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield _exchange(node, "value", node.value + 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        # two signs or negations are none
        yield _exchange(node, "operand", ast.UnaryOp(node.op, node.operand), f"without {_shown(node.op)}")
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in CALLED:
        yield _exchange(node, "id", CALLED[node.id])
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in CALLED:
        yield _exchange(node, "attr", CALLED[node.attr])
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        for value in (True, False):
            if not (value and isinstance(node, ast.While)):
                yield _exchange(node, "test", ast.Constant(value), f"condition to {value}")
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield _exchange(node, "value", ast.Constant(None), "returns None")


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _exchange(node: ast.AST, field: str, new: object, text: str = "") -> Change:
    old = getattr(node, field)
    text = text or f"{_shown(old)} to {_shown(new)}"
    return text, lambda: setattr(node, field, new), lambda: setattr(node, field, old)


def _item(items: list[ast.cmpop], index: int, new: ast.cmpop) -> Change:
    old = items[index]
    return (
        f"{_shown(old)} to {_shown(new)}",
        lambda: items.__setitem__(index, new),
        lambda: items.__setitem__(index, old),
    )


def _shown(value: object) -> str:
    """Return an operator or a value as it is written."""
    x, y = ast.Name("x"), ast.Name("y")
    if isinstance(value, ast.operator):
        return ast.unparse(ast.BinOp(x, value, y))[2:-2]
    if isinstance(value, ast.cmpop):
        return ast.unparse(ast.Compare(x, [value], [y]))[2:-2]
    if isinstance(value, ast.boolop):
        return ast.unparse(ast.BoolOp(value, [x, y]))[2:-2]
    if isinstance(value, ast.unaryop):
        return ast.unparse(ast.UnaryOp(value, x))[:-1].strip()
    return str(value)
