"""What metrics and languages are called in the heads of tables, and how titles end in captions."""

from __future__ import annotations

from stiltsreport.metrics import METRICS
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.task import Task

_SHORT_METRICS = {"accuracy": "acc", "f1": "F1", "exact_match": "EM", "map@20": "mAP", "token_accuracy": "token acc"}


def metric_title(task: Task) -> str:
    """The metric of a task in a column's head: "acc", "F1", "F1/EM"."""
    names = [short_metric(METRICS[key].name) for key in task.metrics]
    return "/".join(sorted(names, key=lambda name: name != "F1"))


def short_metric(name: str) -> str:
    """A metric's name in a column's head."""
    return _SHORT_METRICS.get(name, name)


def language_title(code: str) -> str:
    """A language's English name; the code itself where it is not known."""
    return LANGUAGES[code].title if code in LANGUAGES else code


def sentence(title: str) -> str:
    """A title with a full stop where it ends in no sign of its own.

    >>> sentence("Gains"), sentence("Do they tell?")
    ('Gains.', 'Do they tell?')
    """
    return title if title.endswith((".", "?", "!", "…")) else f"{title}."
