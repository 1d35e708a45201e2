"""What something does, said in the middle of a sentence: "Send a GET request." as "sends a GET request"."""

import re
from functools import lru_cache

MOST_CHARS = 100
_FIRST = re.compile(r"([A-Z][a-z]+) (?=[a-z`A-Z\d\"'])")
_VERBS = frozenset(
    """
    accept acquire add adjust allow append apply assert assign attach bind build calculate call cancel change check
    clean clear close collect combine compare compile complete compute configure connect construct contain convert
    copy count create cut decide declare decode decrease define delete deliver deserialize detach detect determine
    disable discard dispatch display download draw drop dump emit enable encode encrypt ensure enter escape evaluate
    execute exit expand extract fail fetch fill filter find finish flush follow format free generate get give grow
    handle hash hide hold identify implement import increase increment indicate infer initialise initialize insert
    inspect install invoke iterate join keep launch leave list listen load lock log look make manage map mark match
    measure merge migrate modify move mount normalise normalize notify obtain open order override pad parse pass
    perform pick play pop populate prepare prevent print process produce prompt provide pull push put query raise read
    rebuild receive record recover redirect reduce refresh register reject release reload remove rename render repeat
    replace report represent request require reset resolve respond restore resume retrieve return reverse rewrite
    rotate round run save scan schedule search select send serialize serve set shift show shut sign signal skip sleep
    sort specify split start stop store strip submit subscribe support suspend swap switch synchronise synchronize tell
    terminate test throw trace track transfer transform translate trigger trim try unescape unlock unregister update
    upload use validate verify visit wait walk warn watch wrap write yield
    """.split()
)


@lru_cache(maxsize=10_000)
def gist(sentence: str) -> str:
    """The sentence as what follows "something that ...", "" where it does not begin with what is done."""
    first = _FIRST.match(sentence)
    if first is None or len(sentence) > MOST_CHARS or sentence.endswith("..."):
        return ""
    verb = first[1].lower()
    said = third_person(verb) if verb in _VERBS else verb if singular(verb) in _VERBS else ""
    return f"{said} {sentence[first.end() :].rstrip('.')}" if said else ""


def third_person(verb: str) -> str:
    """ "send" as "sends", "match" as "matches", "try" as "tries"."""
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ies"
    return f"{verb}es" if re.search(r"(?:s|x|z|ch|sh|o)$", verb) else f"{verb}s"


def singular(verb: str) -> str:
    """The verb that a third person is of: "sends", "matches", "tries"; "" when it is none."""
    endings = ((r"(?<=[^aeiou])ies$", "y"), (r"(?<=[sxzho])es$", ""), (r"(?<=[^s])s$", ""))
    found = (re.sub(pattern, end, verb) for pattern, end in endings if re.search(pattern, verb))
    return next((one for one in found if third_person(one) == verb and one in _VERBS), "")
