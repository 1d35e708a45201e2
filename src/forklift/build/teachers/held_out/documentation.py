"""Test wordings of facet documentation."""

TEST: dict[str, tuple[str, ...]] = {
    "section_says": (
        "Paging through the handbook I came to {name}; which message does it open with?",
        "No time to read {name} myself. Its gist in one sentence, please?",
    ),
    "said_in": (
        'Somebody quoted "{text}" at me. Above what headline would I find the original?',
        'Name the headline that precedes "{text}".',
    ),
    "section_in": (
        "Someone cites the heading {name}; of what file is it a piece?",
        "To correct a typo beneath the heading {name}, which text must I edit?",
    ),
    "sections_of": (
        "Skimming {path} from top to bottom, at which headlines would my eye stop?",
        "Into what pieces did the writers cut {path}?",
    ),
    "document_begins": (
        "Before I invest an hour in {path}: what awaits a reader there?",
        "Read me the opening of {path}.",
    ),
    "explained_in": (
        "A newcomer stumbles over {name}; to which pages of the manual would you send them?",
        "Did the writers of the manual spend any words on {name}, and at what spot?",
    ),
    "explains": (
        "After reading {name}, with whose use should I be familiar?",
        "If the API changes, whose renaming would make {name} outdated?",
    ),
    "term_means": (
        "In the glossary of this place, how would the line for {name} read?",
        "Everybody here says {name}; what are they talking about?",
    ),
    "term_of": (
        'A crossword asks for the word behind "{text}". Fill it in.',
        'My notes hold only the explanation "{text}"; what was it an explanation of?',
    ),
    "comes_up_in": (
        "A colleague must catch up on {name} by tomorrow; which headlines would you bookmark for her?",
        "Suppose {name} gets renamed. Beneath what headlines would the authors have to revise their prose?",
    ),
}
