"""Plain text in many languages for masked language modelling: a set that a method mixes in, neither an intermediate task nor a target."""

from __future__ import annotations

from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.task import HubSplit, Task

MLM = Task(
    name="mlm",
    title="masked language modelling",
    type="masked_language_modelling",
    group="structured",  # a record needs one; no average ever holds this task
    languages=tuple(sorted(LANGUAGES)),
    metrics=(),
    reader="texts",
    citation="devlin2019bert",
    hub=(("train", HubSplit("wikimedia/wikipedia", "20231101.{language}", "train")),),
    licence="that of the files; Wikipedia: CC BY-SA 4.0",
    note="a text file a language, a sentence or paragraph a line; on the Hub the paragraphs of Wikipedia, without its headings",
)
