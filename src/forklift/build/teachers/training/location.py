"""Training wordings of facet location."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "defined_in": (
        f"{QUICK}(where|in which file|in what file) is {{name}} (defined|implemented|declared|located)?",
        "(Which|What) (source |)file (contains|defines|holds|has|implements) {name}?",
        f"{TELL} where {{name}} (is defined|is implemented|lives|is).",
        "Where (do|can|would|should) I find (the definition of |the code of |the source of |) {name}?",
        "(Show|Give|Name) me the file (with|that defines|that contains) {name}.",
        "I'm looking for {name}. (Where is it|Which file is it in|What file should I open)?",
        "{name}: (which file|where is it|where|location)?",
        "What is the (location|path|file) of {name}?",
        "(The definition of|The code of|The implementation of) {name} is in which file?",
    ),
    "defines": (
        f"{QUICK}what (does|is in) (the file |) {{path}} (define|contain|hold|provide)?",
        "What is (defined|declared|implemented|inside|found) in {path}?",
        "(Which|What) (symbols|classes and functions|definitions|names) (does {path} define|are in {path})?",
        "(List|Name|Give me|Show me) (the main|the most important|the key|the) (symbols|definitions) (in|of) {path}.",
        f"{TELL} what {{path}} (defines|contains).",
        "What (would|will|do) I find in {path}?",
        "{path}: what is in it?",
        "(Summarise|Outline) the contents of {path}.",
    ),
}
