"""Training wordings of facet configuration, beside constants."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "read_from_environment": (
        f"{QUICK}(where|in which function) is (the environment variable|the setting) {{name}} read?",
        "(Which|What) (code|functions) (reads|read|look at|looks at) the environment variable {name}?",
        "(Show me|Find|Name) the code that (reads|looks at) {name} from the environment.",
        f"{TELL} where the environment variable {{name}} (takes effect|matters|is used).",
        "{name}: (environment variable read where|where is it read from the environment)?",
        "What (happens|changes) (if|when) I (set|export) {name}?",
    ),
    "reads_environment": (
        f"{QUICK}(which|what) environment (variables|settings) does {{name}} (read|use|look at|depend on)?",
        "(By|Through) which environment variables can {name} be (configured|influenced|changed)?",
        "(List|Name|Show me) the environment variables (of|for|that matter to) {name}.",
        f"{TELL} what {{name}} (reads|takes) from the environment.",
        "{name}: (environment variables|which environment variables)?",
        "How does the environment (influence|affect|configure) {name}?",
    ),
    "options": (
        f"{QUICK}(which|what) (command line |)(options|flags|switches) does {{name}} (declare|define|have)?",
        "(List|Name|Show me) the (command line |)(options|flags|switches) (in|of|from) {name}.",
        "(Which|What) (flags|switches|command line arguments) (are there|are declared|exist) in {name}?",
        f"{TELL} the (options|flags|switches) that {{name}} (declares|offers).",
        "{name}: (options|flags|command line options)?",
    ),
}
