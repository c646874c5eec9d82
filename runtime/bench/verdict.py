"""What the figures of ``landmarks bench`` mean, in words."""

from __future__ import annotations

from runtime.bench.results import Results, Row

CAMERA_RATE = 30.0
"""Frames a second of a common camera."""

HEADROOM = 0.5
"""Share of the time between two frames of a camera that a network may take at the 95th percentile: the app needs the
rest."""

SHIPPABLE = ("full", "trimmed")
"""Networks to choose between, the more accurate one first."""


def verdict(results: Results) -> str:
    """Describe a run in a few sentences: frames a second, which network to take, and what limits it.

    Sentences whose figures were not measured are left out.
    """
    lines = [*_rates(results), *_choice(results), *_limit(results)]
    return "\n".join(lines)


def _rates(results: Results) -> list[str]:
    lines = []
    for model in _models(results):
        parts = []
        for row in _at_640(results, "tracking", model):
            every = [each for each in _at_640(results, "every frame", model) if each.faces == row.faces]
            with_detector = f" ({_rate(every[0])} with the detector in every frame)" if every else ""
            parts.append(f"{_count(row.faces)} at {_rate(row)} frames a second{with_detector}")
        if parts:
            lines.append(f"{model} follows {_joined(parts)}.")
    return lines


def _choice(results: Results) -> list[str]:
    """Name the most accurate network that leaves an app half of the time between a camera's frames."""
    times = {model: rows[0] for model in SHIPPABLE if (rows := _at_640(results, "tracking", model))}
    if not times:
        return []
    budget = HEADROOM * 1000 / CAMERA_RATE
    shares = {row.model: row for row in results.find("CPU share")}
    for model, row in times.items():
        late = row.p95 or row.value
        if late <= budget:
            share = (
                f", {shares[model].value:.0f} % of a core at {CAMERA_RATE:.0f} frames a second"
                if model in shares
                else ""
            )
            return [f"Take {model}: one face takes at most {late:.1f} ms in 95 of 100 frames{share}."]
    model, row = min(times.items(), key=lambda item: item[1].value)
    return [
        f"Take {model}, and a camera of fewer frames a second: one face takes {row.p95 or row.value:.0f} ms in the "
        f"slowest of 20 frames, of the {1000 / CAMERA_RATE:.0f} ms between two frames at {CAMERA_RATE:.0f} a second."
    ]


def _limit(results: Results) -> list[str]:
    """Name the stage that takes most of a frame with the detector."""
    stages = results.find("stage")
    if not stages:
        return []
    whole = sum(row.value for row in stages)
    slowest = max(stages, key=lambda row: row.value)
    line = f"A single image takes {whole:.1f} ms; {100 * slowest.value / whole:.0f} % of that is the {slowest.name}."
    if results.load is not None and results.load > HEADROOM:
        line += " Other programs were running: figures on an idle machine are better."
    return [line]


def _models(results: Results) -> list[str]:
    return list(dict.fromkeys(row.model for row in results.find("tracking")))


def _at_640(results: Results, group: str, model: str) -> list[Row]:
    rows = results.find(group, model=model, width=640, height=480)
    return sorted((row for row in rows if row.faces in (1, 5)), key=lambda row: row.faces)


def _count(faces: int) -> str:
    return {1: "one face", 5: "five faces"}[faces]


def _rate(row: Row) -> str:
    return f"{row.per_second or 0:.0f}"


def _joined(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
