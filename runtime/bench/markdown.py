"""Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]], aligned: bool = True) -> str:
    """Format a Markdown table.

    Args:
        header: titles of the columns.
        rows: cells, as many in each row as there are columns.
        aligned: pad the cells, so that columns are aligned in plain text, too; all but the first are right-aligned.
            Otherwise cells are as wide as their text, and all columns are left-aligned.
    """
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    if not aligned:
        return "\n".join([_line(cells[0]), "|---" * len(header) + "|", *map(_line, cells[1:])])
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    padded = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in cells
    ]
    rule = "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([_line(padded[0]), f"|{rule}|", *map(_line, padded[1:])])


def _line(cells: Sequence[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"
