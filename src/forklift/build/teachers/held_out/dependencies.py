"""Test wordings of facet dependencies."""

TEST: dict[str, tuple[str, ...]] = {
    "imports": (
        "Vendoring everything foreign that {name} touches, what would end up in the folder?",
        "Whose upstream release notes matter to the maintainer of {name}?",
    ),
    "imported_by": (
        "Dropping {name} from the requirements, whose import lines break?",
        "A vulnerability was announced in {name}; point me to the places in our code that touch it.",
    ),
    "declares": (
        "An offline installation of {name} is planned; which wheels or archives go on the stick?",
        "Reading the manifest of {name}, whom does it name as prerequisite?",
    ),
}
