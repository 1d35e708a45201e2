"""The report: its verdict, what it shows, and that nothing from a repository gets out of its text."""

import math
import random
from html.parser import HTMLParser

import pytest

from forklift.records import Answer
from forklift.test import figures, wording
from forklift.test.report import outcome, pick_questions, write_report
from forklift.test.statistics import scores as make_scores

HOSTILE = "<script>alert(1)</script> \"double\" 'single' \x1b[31mred\x1b[0m \u202eabc & ${x}$ `<b>`"


class Page(HTMLParser):
    """What a browser would make of the page: elements with attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def answers_of(right: dict[str, dict[str, float]], n: int = 40, **changes) -> list[Answer]:
    """`n` questions per split; each answerer gets the given share of them right."""
    return [
        Answer(
            **{
                "answerer": answerer,
                "question_id": f"{split}{number}",
                "split": split,
                "facet": "location" if number % 2 else "calls",
                "cluster": f"{split}{number // 2}",
                "prompt": f"Where is thing {number}?",
                "gold": f"In `module_{number}.py`.",
                "answer": f"In `module_{number}.py`." if number < share * n else "",
                "right": number < share * n,
                "score": float(number < share * n),
                "abstained": False,
                "mentioned": 2,
                "evidence": (f"src/module_{number}.py:{number + 1}",),
                **changes,
            }
        )
        for split, shares in right.items()
        for answerer, share in shares.items()
        for number in range(n)
    ]


def sample() -> list[Answer]:
    return answers_of(
        {
            "A": {"naive": 0.6, "base": 0.0, "sft": 0.9},
            "B": {"naive": 0.2, "base": 0.0, "sft": 0.5},
            "C": {"naive": 0.0, "base": 0.0, "sft": 0.1},
            "D": {"naive": 0.0, "base": 0.1, "sft": 0.8},
        }
    )


def curve() -> list[dict[str, float]]:
    return [
        {"step": step, "examples": 16 * step, "loss": 3 * math.exp(-step / 20), "seconds": float(step)}
        | ({"validation_loss": 1.0} if step % 10 == 0 else {})
        for step in range(50)
    ]


def report(tmp_path, answers, repository=None, train=None, log=()) -> str:
    path = tmp_path / "scores" / "report.html"
    write_report(path, make_scores(answers, repository or {"name": "toy"}, train or {}, seed=0), answers, log)
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]
    return path.read_text(encoding="utf-8")


def verdict(shares: dict[str, float], **changes) -> str:
    return wording.verdict(make_scores(answers_of({"A": shares}, **changes), {"name": "toy"}, {}, seed=0))


def test_the_verdict_says_what_the_model_knows():
    assert verdict({"naive": 0.6, "base": 0.0, "sft": 0.9}) == (
        "The lifted model knows 90% of what it was taught about toy (95% interval 75–100%); it invents 0% of "
        "the names it uses; the untrained model knows 0%, nearest-question search 60%."
    )


@pytest.mark.parametrize(
    ("naive", "ours", "standing"),
    [
        (0.9, 0.9, "does as well as the lifted model: 90% against 90%"),
        (1.0, 1.0, "does as well as the lifted model: 100% against 100%"),
        (0.95, 0.9, "does as well as the lifted model: 95% against 90%"),
        (0.85, 0.9, "may do as well as the lifted model: 85% against 90%"),
        (0.9, 0.3, "beats the lifted model: 90% against 30%"),
    ],
)
def test_the_verdict_says_when_search_is_as_good(naive, ours, standing):
    said = verdict({"naive": naive, "base": 0.0, "sft": ours})
    assert said.startswith(f"Nearest-question search {standing} of what was taught about toy")
    assert said.endswith("the lifted model invents 0% of the names it uses; the untrained model knows 0%.")


def test_the_verdict_says_what_cannot_be_said():
    on_b = make_scores(answers_of({"B": {"naive": 0.1, "sft": 0.5}}), {"name": "toy"}, {}, seed=0)
    assert wording.verdict(on_b).startswith("No question asked for a taught fact (split A)")
    assert "baselines alone" in verdict({"naive": 0.6, "base": 0.1})
    assert "the lifted model names no symbols" in verdict({"naive": 0.9, "sft": 0.9}, mentioned=0)


def test_the_verdict_takes_any_repository_name():
    for repository, name in (
        ({"name": "{0} {x}"}, "{0} {x}"),
        ({"url": "https://host/owner/tool.git"}, "tool"),
        ({"path": "/src/tool/"}, "tool"),
        ({}, "this repository"),
    ):
        assert f"about {name} (" in wording.verdict(
            make_scores(answers_of({"A": {"sft": 0.9}}), repository, {}, seed=0)
        )


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0%"),
        (1.0, "100%"),
        (0.934, "93%"),
        (0.004, "0.4%"),
        (0.0097, "1%"),
        (0.0001, "<0.1%"),
        (0.996, "99.6%"),
        (0.9901, "99%"),
        (0.99999, ">99.9%"),
    ],
)
def test_percent_rounds_nothing_to_zero_or_to_all(share, text):
    assert wording.percent(share) == text


def test_differences_and_numbers_read_well():
    assert [wording.points(each) for each in (0.1237, -0.003, 0.0001)] == ["+12.4", "−0.3", "0.0"]
    assert [wording.number(each) for each in (521033, 842.13, 8.274, 1e-4, 3.0, True, "cpu", math.nan)] == [
        "521,033",
        "842.1",
        "8.27",
        "0.0001",
        "3",
        "True",
        "cpu",
        "–",
    ]


def test_the_page_shows_scores_questions_and_costs(tmp_path):
    text = Page(
        report(
            tmp_path,
            sample(),
            {"name": "toy", "commit": "abc123", "not_covered": {"files over 1 MB": 2}},
            {"minutes": 8.25},
            curve(),
        )
    ).text
    for expected in (
        "The lifted model knows 90% of what it was taught about toy",
        "A: seen facts, new wording",
        "C: never taught (control)",
        "n = 40",
        "against nearest-question search",
        "20 questions side by side",
        "module_3.py",
        "minutes of training",
        "8.25",
        "abc123",
        "Left out: files over 1 MB: 2",
        "✓ right",
        "✗ wrong",
    ):
        assert expected in text


def test_the_page_is_self_contained_and_well_formed(tmp_path):
    html = report(tmp_path, sample(), log=curve())
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("svg") == 6  # three figures, each for wide and narrow screens
    assert not {"script", "img", "iframe", "object", "base"} & set(tags)
    assert all(link.startswith(("#", "data:")) for link in page.values("href") + page.values("src"))
    assert "@import" not in html
    assert "url(http" not in html
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = {link.removeprefix("#") for link in page.values("href") if link.startswith("#")}
    assert targets <= set(ids)


def test_the_same_scores_make_the_same_page(tmp_path):
    assert report(tmp_path, sample(), log=curve()) == report(tmp_path, sample(), log=curve())


def test_nothing_from_a_repository_becomes_markup(tmp_path):
    fields = dict.fromkeys(("prompt", "gold", "answer", "facet"), HOSTILE)
    answers = answers_of(
        {"A": {"naive": 0.5, HOSTILE: 0.9}, "D": {"naive": 0.5, HOSTILE: 0.9}},
        n=6,
        **fields,
        evidence=(HOSTILE,),
        wrong=(HOSTILE,),
        invented=(HOSTILE,),
    )
    repository = {"name": HOSTILE, "branch": HOSTILE, "not_covered": [HOSTILE]}
    html = report(tmp_path, answers, repository, {"device": HOSTILE, HOSTILE: 1}, curve())
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.elements}
    assert not any("<script" in str(value) for _, each in page.elements for value in each.values())
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "␛[31mred" in page.text
    assert page.text.count("<script>alert(1)</script> \"double\" 'single'") > 20


def test_unencodable_text_is_shown_not_fatal(tmp_path):
    odd = "a\ud800b\x00c\ufffe"
    html = report(tmp_path, answers_of({"A": {"sft": 0.5}}, n=4, facet=odd, prompt=odd), {"name": odd})
    assert "a�b␀c�" in html


def test_dollars_in_a_facet_are_not_mathematics():
    scores = make_scores(answers_of({"A": {"sft": 0.5}}, n=4, facet="$\\alpha_1$ <i>"), {}, {}, seed=0)
    svg = str(figures.facets_figure(scores))
    assert "$\\alpha_1$ &lt;i&gt;" in svg


def test_figures_keep_facets_whose_shortened_names_agree():
    rows = [
        answer
        for facet in ("documentation_of_modules", "documentation_of_functions")
        for answer in answers_of({"A": {"sft": 0.5}}, n=4, facet=facet)
    ]
    svg = str(figures.facets_figure(make_scores(rows, {}, {}, seed=0)))
    assert svg.count("documentation_of…") == 4


def test_a_figure_without_data_is_left_out(tmp_path):
    assert figures.loss_figure([]) == ""
    assert figures.loss_figure([{"examples": 1, "loss": math.nan}]) == ""
    assert "<svg" in figures.loss_figure([{"examples": 16, "loss": 2.5}])
    page = Page(report(tmp_path, []))
    assert "svg" not in [tag for tag, _ in page.elements]
    assert "No answers were recorded." in page.text


def test_a_page_of_baselines_alone_is_made(tmp_path):
    page = Page(report(tmp_path, answers_of({"A": {"naive": 0.5, "base": 0.1}})))
    assert "baselines alone" in page.text
    assert "Is the difference real?" not in page.text


def test_picked_questions_are_balanced_and_do_not_depend_on_order():
    answers = sample()
    shuffled = random.Random(0).sample(answers, len(answers))
    picked = pick_questions(answers)
    splits = [each[0].split for each in picked]
    assert splits == ["A"] * 5 + ["B"] * 5 + ["C"] * 5 + ["D"] * 5
    ids = [each[0].question_id for each in picked]
    assert len(set(ids)) == 20
    assert [each[0].question_id for each in pick_questions(shuffled)] == ids


def test_picked_questions_show_wins_before_losses():
    picked = pick_questions(sample())
    outcomes = [outcome(each, "sft") for each in picked if each[0].split == "A"]
    assert outcomes == ["win", "win", "win", "loss", "loss"]


def test_splits_with_few_questions_leave_room_for_others():
    answers = answers_of({"A": {"sft": 0.5}}, n=30) + answers_of({"D": {"sft": 0.5}}, n=2)
    splits = [each[0].split for each in pick_questions(answers)]
    assert splits == ["A"] * 18 + ["D"] * 2


def test_outcome_is_ours_against_the_others():
    ours, theirs = answers_of({"A": {"sft": 1.0}}, n=1)[0], answers_of({"A": {"naive": 0.0}}, n=1)[0]
    assert outcome([theirs, ours], "sft") == "win"
    assert outcome([ours], "sft") == ""
    assert outcome([theirs], "naive") == "loss"
    assert outcome([theirs], None) == ""


def links(page: str) -> set[str]:
    return {attributes["href"] for tag, attributes in Page(page).elements if tag == "a"}


def test_evidence_links_to_where_the_repository_is_on_the_web(tmp_path):
    web = {"name": "toy", "web": "https://github.com/a/toy", "commit": "abc123"}
    page = report(tmp_path, answers_of({"A": {"sft": 0.5}}, evidence=("src/a b?.py:7",)), repository=web)
    assert links(page) == {"https://github.com/a/toy/blob/abc123/src/a%20b%3F.py#L7"}
    page = report(tmp_path, answers_of({"A": {"sft": 0.5}}, evidence=("javascript:alert(1):7",)))
    assert links(page) == set()


def test_the_page_shows_outside_questions_forgetting_and_overlap(tmp_path):
    metrics = dict.fromkeys(wording.EXTERNAL, 0.25) | {"n": 48, "notes": ["no <encoder>"], "intervals": {}}
    row = {"measure": "Prose", "unit": "perplexity", "better": "lower", "base": 20.0, "tuned": 25.5, "difference": 5.5}
    near = {"n": 9, "highest": 0.44, "mean": 0.21}
    scores = make_scores(sample(), {"name": "toy"}, {}, seed=0) | {
        "external": {"asked<b>": {"listing": metrics, "sft": metrics | {"embedding_cosine": None}}},
        "forgetting": {"base": "b", "tuned": "t", "rows": [row | {"low": 4.0, "high": 7.0, "n": 12, "note": ""}]},
        "overlap": {"splits": {"A": near, "B": {"n": 0}}},
        "answering": {"sft": {"answers": 100, "seconds": 8.0, "failures": 0}},
    }
    write_report(tmp_path / "report.html", scores, sample(), [])
    text = Page((tmp_path / "report.html").read_text()).text
    assert "Questions from outside: asked<b>" in text
    assert "no <encoder>" in text
    assert "What it forgot" in text
    assert "25.5" in text
    assert "shares\n    44%" in text or "shares 44%" in " ".join(text.split())
    assert "12.5 answers per second" in text
    assert "Nothing here measures what the model forgot" not in text
