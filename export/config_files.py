"""Configurations in TOML files, validated by pydantic; every error names the file, the table and the key."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found]


class Config(BaseModel):
    """Base of all configurations: frozen, without unknown keys, and no text where a number is needed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError("it is a share, 0 to 1")
    return value


Share = Annotated[float, AfterValidator(_share)]
Count = Annotated[int, Field(ge=1)]

Model = TypeVar("Model", bound=Config)
Location = Sequence[str | int]
"""Keys, and indices of arrays, that lead from a table to a value."""


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: not TOML ({error})") from None


def validate(model: type[Model], table: dict[str, Any], where: str) -> Model:
    """Build a configuration from its keys and values; ``where`` they are from is named in errors.

    Raises:
        ValueError: an unknown or missing key, or an impossible value.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ValueError(f"{where}: {_describe(error, model, table)}") from None


def _describe(error: ValidationError, model: type[BaseModel], table: dict[str, Any]) -> str:
    """Word the first problem: an unknown key, else a missing one, else an impossible value."""
    problems = error.errors(include_url=False)
    for kind in ("extra_forbidden", "missing"):
        if found := [item["loc"] for item in problems if item["type"] == kind]:
            place = found[0][:-1]
            keys = ", ".join(sorted(str(loc[-1]) for loc in found if loc[:-1] == place))
            tables = "".join(f"{key}: " for key in place if isinstance(key, str))
            if kind == "missing":
                return f"{tables}{keys} missing"
            return f"{tables}unknown {keys}; known are {', '.join(sorted(_model_at(model, place).model_fields))}"
    problem = problems[0]
    *tables_above, key = [item for item in problem["loc"] if isinstance(item, str)]
    name = f"{''.join(f'{item}: ' for item in tables_above)}{_name_at(table, problem['loc'])}{key}"
    context = problem.get("ctx", {})
    if problem["type"] in ("greater_than_equal", "too_short"):
        return f"{name}: at least {context.get('ge', context.get('min_length'))} is needed"
    if problem["type"] == "literal_error":
        reason = "it is one of " + context["expected"].replace("'", "").replace(" or ", ", ")
    elif problem["type"] == "value_error":
        reason = str(context["error"])
    else:
        reason = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{name} = {problem['input']!r}; {reason}"


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """Return the model of the table at a location below ``model``."""
    for key in location:
        if isinstance(key, str):
            annotation = model.model_fields[key].annotation
            kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
            model = next(kind for kind in kinds if issubclass(kind, BaseModel))
    return model


def _name_at(table: Any, location: Location) -> str:
    """Return the ``name`` of the innermost item of an array at a location, with a colon, if it has one."""
    name = ""
    for key in location[:-1]:
        table = table[key]
        if isinstance(key, int) and isinstance(table, dict):
            name = f"{table.get('name', key)}: "
    return name
