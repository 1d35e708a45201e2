"""Training wordings of facet dependencies."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "imports": (
        f"{QUICK}(which|what) (third-party|external|foreign) (packages|libraries) does {{name}} (import|use|need)?",
        "(List|Name|Show me) the (external|third-party) imports of {name}.",
        "(What|Which libraries) from outside does {name} (import|use|need)?",
        f"{TELL} which (external|foreign|third-party) (packages|libraries) {{name}} imports.",
        "{name}: (external|third-party) (imports|libraries)?",
        "What must be installed (so that|before) {name} can be imported?",
    ),
    "imported_by": (
        f"{QUICK}(where|in which files) is the (package|library|dependency) {{name}} (used|imported|needed)?",
        "(Which|What) (files|modules) import {name}?",
        "(List|Name|Show me) the (files|modules) that (import|use) the (package|library) {name}.",
        f"{TELL} what the (package|library) {{name}} is (used|needed) for here.",
        "{name}: (imported where|imported by)?",
        "Why does this code need the (package|library|dependency) {name}?",
    ),
    "declares": (
        f"{QUICK}(which|what) (packages|libraries|dependencies) does {{name}} (require|declare)?",
        "What are the (requirements|runtime dependencies|third-party dependencies) of {name} as a project?",
        "(Which|What) (other projects|packages) have to be installed for {name}?",
        f"{TELL} what {{name}} (declares as dependencies|needs to be installed).",
        "{name}: (requirements|declared dependencies)?",
        "What does installing {name} (pull in|bring along)?",
    ),
}
