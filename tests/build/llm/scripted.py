"""A teacher that follows a script: it replies to what it is shown, well and badly."""

import json
import re

from remote import last_word, says

INVENTED = "frobnicate_everything"


def task(request):
    """What a request is for: summary, rows, judge, alone."""
    system = request["messages"][0]["content"]
    return next((what for what in ("summary", "rows", "right") if f'{{"{what}"' in system), "alone")


def part_of(request):
    """The kind, name and file of the part whose dossier is shown."""
    found = re.search(r"----- DOSSIER \w+\n(\w+) `([^`]+)`(?:, `([^`]+)`)?", last_word(request))
    return found[1], found[2], found[3] or ""


def row(style, question, answer, reworded="", follow_up="", follow_up_answer=""):
    return {
        "style": style, "question": question, "reworded": reworded, "answer": answer,
        "follow_up": follow_up, "follow_up_answer": follow_up_answer,
    }  # fmt: skip


def rows_for(kind, name, path):
    """A good row with a follow-up, and one of every bad kind."""
    last = name if "/" in name else name.rpartition(".")[2]
    where = f"`{name}` lives in `{path}`." if path else f"`{name}` is made of several files that work together."
    good = row(
        "why", f"For what reason would a newcomer bother with `{name}` at all?",
        f"{where} It keeps everything about {last} together, so that callers need not care, as `Stock` shows.",
        f"Give me the motivation behind {last}, please.",
        "And who profits from that?", f"Whoever works with `{last}` and with `place_order` profits from that.",
    )  # fmt: skip
    return [
        good,
        row("how", f"Could you walk me through the insides of `{name}`?",
            f"`{name}` delegates all of it to `{INVENTED}`."),
        row("where", f"Which place holds `{name}`, roughly?", f"You will find `{name}` in `src/shop/{INVENTED}.py`."),
        row("what", f"Could one say that `{name}` belongs to errors?",
            f"`{name}` inherits from `PaymentError` and from nothing else."),
        row("what", f"Kindly tell what `{name}` is.", "I don't know, the dossier does not say that."),
        row("vague", f"Does `{name}` keep callers from caring?", f"Yes, `{name}` does keep callers from caring."),
        row("what", "What is in it, generally speaking?", "All the things that a reader would expect to find."),
        good | {"style": "what"},
    ]  # fmt: skip


def scripted(request, number):
    """The reply to any request."""
    what = task(request)
    if what == "summary":
        kind, name, _ = part_of(request)
        return says(json.dumps({"summary": f"`{name}` is a {kind} with a purpose of its own."}))
    if what == "rows":
        return says(json.dumps({"rows": rows_for(*part_of(request))}))
    if what == "right":
        return says(
            json.dumps(
                {"right": "stock" not in last_word(request).partition("QUESTION")[2].lower()[:200], "reason": ""}
            )
        )
    return says(f"That part calls `{INVENTED}` and nothing else, over and over.")
