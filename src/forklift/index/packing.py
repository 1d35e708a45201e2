"""What was read from one file as JSON and back, so that linking needs no file read twice."""

import json
from dataclasses import fields
from operator import attrgetter
from typing import Any

from forklift.index.syntax.model import Definition, Syntax, Use
from forklift.records import Parameter

_definition = attrgetter(*(one.name for one in fields(Definition)))
_use = attrgetter(*(one.name for one in fields(Use)))


def pack(syntax: Syntax) -> str:
    """The parts of a Syntax that resolving asks for: all but its words and documentation."""
    rows = list(map(_definition, syntax.definitions)), list(map(_use, syntax.uses))
    return json.dumps([*rows, syntax.bindings, syntax.stars, syntax.package], default=_parameter)


def unpack(packed: str) -> Syntax:
    """The Syntax that `pack` was given, without words and documentation."""
    definitions, uses, bindings, stars, package = json.loads(packed)
    return Syntax(
        [_defined(values) for values in definitions],
        [Use(*map(_tuples, values)) for values in uses],
        {name: _tuples(steps) for name, steps in bindings.items()},
        [_tuples(steps) for steps in stars],
        package=package,
    )


def _parameter(one: Parameter) -> list[str]:
    return [one.name, one.annotation, one.default]


def _defined(values: list[Any]) -> Definition:
    one = Definition(*map(_tuples, values))
    one.parameters = tuple(Parameter(*parts) for parts in one.parameters)  # type: ignore[misc]
    return one


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
