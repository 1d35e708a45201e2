"""Python's scopes: which name means what where, as far as one file can tell."""

from dataclasses import dataclass, field
from typing import Literal

from forklift.index.syntax.model import Steps

MAX_HOPS = 6
UNKNOWN: Steps = ()


@dataclass(slots=True)
class Scope:
    """One scope; `definition` is the innermost definition around it, `owner` the class for self and super()."""

    kind: Literal["module", "class", "function", "inner"]
    outer: "Scope | None" = None
    definition: int | None = None
    owner: int | None = None
    bindings: dict[str, Steps] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # declared global or nonlocal
    in_loop: bool = False
    is_deferred: bool = False  # inside a lambda, which may run later, elsewhere or never


def bind(scope: Scope, name: str, steps: Steps) -> None:
    """`name` means `steps` in `scope`. In a function two meanings make it unknown; elsewhere the first known stays,
    which is what `try: import x / except ImportError: x = None` wants."""
    if name in scope.elsewhere:
        return
    known = scope.bindings.get(name)
    if scope.kind in ("function", "inner"):
        scope.bindings[name] = steps if known is None or known == steps else UNKNOWN
    elif not known:
        scope.bindings[name] = steps


def ground(steps: Steps, scope: Scope, hops: int = 0) -> Steps:
    """`steps` as seen in `scope`, restated so that they start at module level or at something certain.

    Returns () where the name is a builtin, a local of unknown value, or defined in a circle."""
    if not steps or hops > MAX_HOPS:
        return UNKNOWN
    if steps[0][0] == "super":
        return UNKNOWN if scope.owner is None else (("def", str(scope.owner)), *steps)
    if steps[0][0] != "name":
        return steps
    home = home_of(steps[0][1], scope)
    if home is None or home.kind == "module":
        return steps
    start = ground(home.bindings[steps[0][1]], home, hops + 1)
    return start + steps[1:] if start else UNKNOWN


def home_of(name: str, scope: Scope) -> Scope | None:
    """The scope that binds `name` as seen from `scope`; class scopes are seen only from directly inside."""
    seen: Scope | None = scope
    while seen is not None:
        if name in seen.bindings and (seen.kind != "class" or seen is scope):
            return seen
        seen = seen.outer
    return None


def is_local(name: str, scope: Scope) -> bool:
    """Whether `name` is bound inside a function around `scope`."""
    home = home_of(name, scope)
    return home is not None and home.kind in ("function", "inner")
