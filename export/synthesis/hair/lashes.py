"""Lashes: hairs along the cards that the base mesh carries at the lids, which open and close with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, shortest_path

from export.synthesis.head import Group, Head, HeadAssets
from export.synthesis.mesh import Floats, StrandKind, Strands

_POINTS = 6
_LID = 1.0  # the card's row at the lid's edge; the first row lies under the lid


@dataclass(frozen=True, slots=True)
class Lashes:
    """Length and hairs of lashes.

    Attributes:
        length: in lengths of the base mesh's cards.
        count: hairs of an upper lid; lower lids have half as many, shorter ones.
        width: decimetres.
        colour: (3,) linear RGB.
    """

    length: float
    count: int
    width: float
    colour: Floats


@dataclass(frozen=True, slots=True)
class LashCards:
    """The cards as grids of vertices.

    Attributes:
        grids: (R, C) int arrays, rows from under the lid to the tips, columns along the lid.
        upper: for each grid, whether it belongs to an upper lid.
    """

    grids: tuple[NDArray[np.int64], ...]
    upper: tuple[bool, ...]

    @staticmethod
    def from_assets(assets: HeadAssets) -> LashCards:
        """Order the vertices of the base mesh's cards by their edges."""
        quads = assets.triangles[assets.group == Group.LASHES].reshape(-1, 6)
        quads = np.stack([quads[:, 0], quads[:, 1], quads[:, 2], quads[:, 5]], axis=1)
        edges = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
        n = len(assets.vertices)
        graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (n, n)).tocsr()
        label = connected_components(graph, directed=False)[1]
        eyes = assets.vertices[assets.rows(Group.LEFT_EYE, Group.RIGHT_EYE)]
        height = eyes[:, 1].mean()
        grids = []
        for name in np.unique(label[quads[:, 0]]):
            rows = np.flatnonzero(label == name)
            grid = _grid(rows, quads[label[quads[:, 0]] == name], graph)
            side = eyes[np.sign(eyes[:, 0]) == np.sign(assets.vertices[rows, 0].mean())].mean(axis=0)
            reach = np.linalg.norm(assets.vertices[grid] - side, axis=2).mean(axis=1)
            grids.append(grid if reach[0] < reach[-1] else grid[::-1])
        upper = tuple(bool(assets.vertices[grid[-1], 1].mean() > height) for grid in grids)
        return LashCards(tuple(grids), upper)


def _grid(rows: NDArray[np.int64], quads: NDArray[np.int32], graph) -> NDArray[np.int64]:  # type: ignore[no-untyped-def]
    """Order the vertices of one card as (R, C), R < C, by the number of edges from two corners."""
    uses = np.bincount(np.searchsorted(rows, quads.ravel()), minlength=len(rows))
    steps = shortest_path(graph[rows][:, rows], directed=False, unweighted=True).astype(int)
    corners = np.flatnonzero(uses == 1)
    # the corner nearest to the first one lies across the card, the next along it
    order = corners[np.argsort(steps[corners[0], corners])]
    first, along = order[0], order[2]
    length = steps[first, along]
    column = (steps[first] - steps[along] + length) // 2
    row = (steps[first] + steps[along] - length) // 2
    grid = np.zeros((row.max() + 1, column.max() + 1), np.int64)
    grid[row, column] = rows
    return grid


def grow_lashes(rng: np.random.Generator, head: Head, lashes: Lashes, cards: LashCards) -> Strands:
    """Grow the lashes of both eyes with the lids as they are.

    Args:
        rng: random numbers.
        head: unposed head with its expression.
        lashes: length and hairs.
        cards: where lashes grow.

    Returns:
        The hairs in the head frame.
    """
    paths = []
    for grid, upper in zip(cards.grids, cards.upper, strict=True):
        card = head.vertices[grid]
        count = lashes.count if upper else lashes.count // 2
        columns = card.shape[1] - 1
        # few at the nose, denser outwards; hairs stand in small groups
        at = np.sort(rng.uniform(0.02, 0.98, count)) * columns
        tip = at + rng.normal(0, 0.35, count) + 0.25 * np.sin(at * 5.0 + rng.uniform(0, 6))
        reach = lashes.length * (1.0 if upper else 0.7) * rng.uniform(0.6, 1.1, count)
        t = np.linspace(0, 1, _POINTS)
        row = _LID + t[None] * reach[:, None] * (card.shape[0] - 1 - _LID)
        column = at[:, None] + (tip - at)[:, None] * t[None] ** 1.5
        paths.append(_on_card(card, row, np.clip(column, 0, columns)))
    points = np.concatenate(paths)
    n = len(points)
    return Strands(
        StrandKind.LASHES,
        points.astype(np.float32),
        (lashes.width * rng.uniform(0.8, 1.2, n)).astype(np.float32),
        np.tile(lashes.colour, (n, 1)).astype(np.float32),
        np.full(n, 0.85, np.float32),
        0.1,
    )


def _on_card(card: Floats, row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate points of a card (R, C, 3); rows past the tip go straight on.

    Args:
        card: (R, C, 3) vertices.
        row: (N, K) fractional rows.
        column: (N, K) fractional columns.

    Returns:
        (N, K, 3).
    """
    r = np.clip(row.astype(int), 0, card.shape[0] - 2)
    c = np.clip(column.astype(int), 0, card.shape[1] - 2)
    v, u = (row - r)[..., None], (column - c)[..., None]
    near = card[r, c] * (1 - u) + card[r, c + 1] * u
    far = card[r + 1, c] * (1 - u) + card[r + 1, c + 1] * u
    return np.asarray(near + (far - near) * v, np.float64)
