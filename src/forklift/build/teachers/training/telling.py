"""Training wordings of facet telling."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "project_is": (
        f"{QUICK}what (kind of (project|software|library|thing)|) is {{name}} (by|according to) its README?",
        "What (does the README say|do the authors say) about {name}(| as a whole)?",
        "(Introduce|Present) {name} (in a sentence|in a few words|briefly).",
        f"{TELL} what {{name}} (is as a whole|wants to be|is all for).",
        "What is {name} good for (as a project|as a whole|), (by|according to) the README?",
        "I (found|stumbled over|was pointed to) {name}. What (sort of project|kind of software) is (it|that)?",
        "{name}: what (kind of project|sort of software) is it?",
    ),
    "project_features": (
        f"{QUICK}(which|what) features does {{name}} (have|offer|advertise)?",
        "What can {name} do(| for its users| by its README)?",
        "(List|Name|Show me) the (features|abilities|strengths) of {name}.",
        f"{TELL} what features {{name}} (has|offers|comes with).",
        "{name}: (features|feature list|what can it do)?",
        "What does the README (count|list|name) (as|among) the (features|strengths) of {name}?",
    ),
    "installed_with": (
        f"{QUICK}how (do I|can I|do you) install {{name}}?",
        "(Which|What) command installs {name}?",
        "(Show|Give) me the (command|line) (for installing|that installs|to install) {name}.",
        f"{TELL} how {{name}} (is installed|gets onto my machine|can be installed).",
        "{name}: (installation|install command|how is it installed)?",
        "What do I (type|run|enter) to (install|get|set up) {name}?",
    ),
}
