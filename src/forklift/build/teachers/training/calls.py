"""Training wordings of facet calls."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "calls": (
        f"{QUICK}(which|what) (functions|methods|functions or methods) does {{name}} call?",
        "What does {name} (call|use|invoke|rely on|depend on)?",
        "(Name|Give me|Show me|List) (the functions called by|the callees of|what is called in) {name}.",
        f"{TELL} what {{name}} calls.",
        "(Which|What) calls (are made|happen) (in|inside|by) {name}?",
        "(To what|To which functions) does {name} (delegate|hand over)?",
        "{name}: (callees|what does it call)?",
        "What is (called|invoked) (by|inside|from within) {name}?",
    ),
    "called_by": (
        f"{QUICK}(who|what|which code) (calls|uses|invokes) {{name}}?",
        "(Where|From where|By whom) is {name} (called|used|invoked)?",
        "(Name|Give me|Show me|List) the (callers|users) of {name}.",
        f"{TELL} (who calls {{name}}|where {{name}} is used|the callers of {{name}}).",
        "(Which|What) (functions|methods|functions or methods) (call|use|invoke) {name}?",
        "If I change {name}, (which callers|what) (are|is) affected?",
        "{name}: (callers|who calls it|used by)?",
        "What depends on {name}?",
    ),
    "raises": (
        f"{QUICK}(which|what) (exception|exceptions|error|errors) (does|can|may) {{name}} raise?",
        "What (can go wrong|may fail) (in|when calling|when I call) {name}?",
        "(Name|Give me|Show me|List) the (errors|exceptions) (raised by|of|from) {name}.",
        f"{TELL} (which errors|what exceptions) {{name}} (raises|throws).",
        "How does {name} (signal|report) (failure|errors|a problem)?",
        "What does {name} (raise|throw)?",
        "{name}: (errors|exceptions|raises what)?",
        "(Which|What) (errors|exceptions) should I (catch|expect|handle) (around|from|with) {name}?",
    ),
    "raised_by": (
        f"{QUICK}(who|what|which code|which function) raises {{name}}?",
        "(Where|From where|By what) is {name} (raised|thrown)?",
        "(Name|List|Give me) the (places|functions) (that raise|raising|which throw) {name}.",
        f"{TELL} (who raises {{name}}|where {{name}} is raised|where {{name}} comes from).",
        "I got (a|an) {name}. (Where does it come from|What raised it|Which function raises it)?",
        "{name}: (raised where|who raises it)?",
        "(Which|What) (functions|methods) (raise|throw|can raise) {name}?",
        "What is the (source|origin) of {name} errors?",
    ),
    "catches": (
        f"{QUICK}(which|what) (exception|exceptions|error|errors) does {{name}} (catch|handle|swallow)?",
        "(Name|List|Give me) the (errors|exceptions) (caught|handled) (in|by|inside) {name}.",
        f"{TELL} which (errors|exceptions) {{name}} (catches|handles itself|deals with).",
        "(Which|What) (errors|failures|exceptions) (get|are) (caught|handled|swallowed) (in|by) {name}?",
        "{name}: (catches what|exceptions handled|caught errors)?",
        "(From|Against) (which|what) (errors|exceptions) does {name} (recover|protect)?",
    ),
    "caught_by": (
        f"{QUICK}(who|what|which code|which function) (catches|handles) {{name}}?",
        "(Where|By what|By which function) is {name} (caught|handled)?",
        "(Name|List|Show me) the (places|functions) (that catch|catching|which handle) {name}.",
        f"{TELL} (who catches {{name}}|where {{name}} is caught|where {{name}} gets handled).",
        "{name}: (caught where|who catches it|handled by)?",
        "(Which|What) (functions|methods) (catch|handle|swallow) {name}?",
        "(A|If a|When a) {name} (flies|occurs|is raised): (who|what) (catches it|handles it)?",
    ),
}
