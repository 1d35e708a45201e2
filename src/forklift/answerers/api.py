"""A remote model that answers, knowing nothing of the repository but its name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forklift.answerers.conversation import messages_of
from forklift.endpoint import ask_all, parse_endpoint
from forklift.engine import Report
from forklift.records import Failure, Question
from forklift.workspace import Lift, read_manifest

if TYPE_CHECKING:
    from forklift.answerers import Answerer


def expert_prompt(name: str) -> str:
    """What a model that was not trained on it is told about the repository called `name`."""
    return f"You are an expert on the source code of {name}. Answer briefly; say so when something does not exist."


def api_answerer(spec: str, lift: Lift) -> "Answerer":
    """The model MODEL[@BASE_URL], with the same prompt and length as the base model. Raises ConfigError.

    What it returns raises EndpointError when the endpoint cannot be used.
    """
    from forklift.answerers import answer_budget

    endpoint = parse_endpoint(spec)
    system = expert_prompt(read_manifest(lift)["stages"]["build"]["repository"]["name"])

    def answer(questions: Sequence[Question], max_tokens: int, report: Report) -> list[str | Failure]:
        budgets = [answer_budget(question, max_tokens) for question in questions]
        return ask_all(endpoint, [messages_of(question, system) for question in questions], budgets, report)

    return answer
