"""An index as text, so that a test can say what a person reads in a source."""

from forklift.index import Index


def outline(index: Index, path: str = "") -> list[str]:
    """One line per symbol: "kind name first-last (signature) -> type : bases @decorators = value # doc"."""
    return [line_of(one) for one in index.symbols() if one.path.startswith(path)]


def line_of(one) -> str:
    parts = [one.kind, one.qualified_name, f"{one.line}-{one.end_line}", one.signature]
    parts += [f"-> {one.returns}"] if one.returns else []
    parts += [f": {', '.join(one.bases)}"] if one.bases else []
    parts += [f"@{name}" for name in one.decorators]
    parts += [f"= {one.value}"] if one.value else []
    parts += ["# " + one.doc.replace("\n", " / ")] if one.doc else []
    return " ".join(part for part in parts if part)


def uses(index: Index, *kinds: str) -> set[str]:
    """ "scope kind name > path:target", or only "scope kind name" for what did not resolve."""
    symbols = {one.id: one for one in index.symbols()}
    found = set()
    for one in index.references():
        if one.kind in kinds:
            scope = symbols[one.scope_id].qualified_name if one.scope_id else "-"
            target = symbols[one.target_id] if one.target_id else None
            found.add(
                f"{scope} {one.kind} {one.name}" + (f" > {target.path}:{target.qualified_name}" if target else "")
            )
    return found


def parents(index: Index) -> dict[str, str]:
    """Name of each symbol that has a parent -> the parent's path and name."""
    symbols = {one.id: one for one in index.symbols()}
    return {
        one.qualified_name: f"{symbols[one.parent_id].path}:{symbols[one.parent_id].qualified_name}"
        for one in symbols.values()
        if one.parent_id
    }
