"""Training wordings of facet documentation."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "section_says": (
        f"{QUICK}what (does|do) the (section|docs|documentation|chapter) (about|on|called) {{name}} say?",
        "(Summarise|Explain|Quote) the (section|chapter|part) {name} (of the documentation|of the docs|).",
        "What (is|stands) in the (section|chapter) {name}?",
        f"{TELL} what the (docs|documentation) (say|says) (about|under) {{name}}.",
        "{name}: what (do the docs say|does the section say|is that section about)?",
        "What do I (learn|read|find) (in|under) {name} (in the docs|in the documentation|)?",
    ),
    "said_in": (
        f'{QUICK}(which|what) (section|chapter) (of the docs|of the documentation|) says (this|that|so): "{{text}}"?',
        'Where in the (docs|documentation) does it say "{text}"?',
        '(Find|Name|Give me) the (section|chapter|heading) (with|of) this sentence: "{text}".',
        '"{text}": under (which|what) heading (is|stands) that?',
        f'{TELL} (which|what) (section|chapter) "{{text}}" (stands in|is from|was quoted from).',
        'I remember this from the (docs|documentation): "{text}". (Which section was it|Under which heading)?',
    ),
    "section_in": (
        f"{QUICK}(where|in which document|in which file of the docs) is the section {{name}}?",
        "(Which|What) (page|document) (has|contains|holds) the (section|chapter|heading) {name}?",
        "(Where|On which page) do I (find|read) the (chapter|section) {name}?",
        f"{TELL} which document has (the part|the section|the chapter) {{name}}.",
        "{name}: which (document|page of the docs)?",
        "(Open|Show me|Name) the document with the (section|heading) {name}.",
    ),
    "sections_of": (
        f"{QUICK}(what|which) (sections|chapters|headings) does {{path}} have?",
        "What (topics|subjects) does the document {path} (cover|treat|deal with)?",
        "(List|Name|Show me|Give me) the (sections|headings|chapters) (of|in) {path}.",
        f"{TELL} how the document {{path}} is (divided|structured|organised).",
        "{path}: (sections|headings|table of contents)?",
        "What is in the table of contents of {path}?",
    ),
    "document_begins": (
        f"{QUICK}what is the (document|page) {{path}} about?",
        "How does (the document|the page|) {path} (begin|start|introduce itself)?",
        "(Summarise|Introduce) the (document|page) {path}.",
        f"{TELL} (what I will read in|the subject of|the first sentence of) the document {{path}}.",
        "{path}: (what is that document about|what does it say first)?",
        "What is the (subject|topic|theme) of the (document|page) {path}?",
    ),
    "explained_in": (
        f"{QUICK}where (do|does) the (docs|documentation) (explain|describe|treat) {{name}}?",
        "(Which|What) (part|section|page) of the (docs|documentation) (explains|covers|is about) {name}?",
        "Where can I read (more |)about {name}(| in the docs| in the documentation)?",
        f"{TELL} where {{name}} is (explained|described) in the (docs|documentation).",
        "{name}: where (in the docs|in the documentation|do I read about it)?",
        "Is {name} (explained|mentioned) (anywhere in|in) the (docs|documentation|manual), and where?",
    ),
    "explains": (
        f"{QUICK}(which|what) (classes and functions|symbols|names) does the (section|chapter) {{name}} "
        "(explain|mention|speak of)?",
        "What (code|part of the API) is the section {name} about?",
        "(List|Name|Show me) the (code|symbols|API) that the (section|chapter) {name} (explains|describes|names).",
        f"{TELL} which (symbols|names) (occur|are explained) in the (section|chapter) {{name}}.",
        "{name}: which (symbols|names|classes) does that section (explain|mention)?",
        "(Which|What) code do I have to know for the (section|chapter) {name}?",
    ),
    "term_means": (
        f"{QUICK}what does {{name}} (mean|stand for) (here|in this project|in the docs)?",
        "What is meant by {name} (here|in this project|)?",
        "(Define|Explain) the (term|setting|word|entry) {name}.",
        f"{TELL} what {{name}} (means|stands for|is about).",
        "{name}: (meaning|definition|what is meant)?",
        "How (is|do the docs have) the (term|entry|word) {name} (defined|explained)?",
        "What is the (meaning|definition|effect) of {name}?",
    ),
    "term_of": (
        f'{QUICK}(which|what) (term|entry|setting) (means|is described as) this: "{{text}}"?',
        'The docs explain something so: "{text}". (What is it called|Which term is it|What do they speak of)?',
        '"{text}": (which|what) (term|entry|setting) (is meant|has that meaning|is defined so)?',
        '(Name|Find|Give me) the (term|entry|setting) with this (meaning|definition|description): "{text}".',
        f'{TELL} (which|what) (term|word|entry) the docs (define|explain|describe) as "{{text}}".',
        'What do the docs call this: "{text}"?',
    ),
    "comes_up_in": (
        f"{QUICK}(which|what) (sections|chapters) (speak of|are about|mention|deal with) {{name}}?",
        "Where in these documents (can|do) I (find out|learn) about {name}?",
        "(List|Name|Show me|Give me) the (sections|chapters) (on|about|that mention) {name}.",
        f"{TELL} where {{name}} (comes up|is treated|is spoken of).",
        "{name}: (which sections|where in the documents|which chapters)?",
        "I (want|have|need) to understand {name}. (What do I read|Which sections help)?",
    ),
}
