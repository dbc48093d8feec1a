"""The tasks by name, and the spellings of them that are not ours."""

from __future__ import annotations

from stiltsreport.tasks.intermediate import INTERMEDIATE, PARTS
from stiltsreport.tasks.mlm import MLM
from stiltsreport.tasks.target import TARGETS
from stiltsreport.tasks.task import Task

__all__ = ["ALIASES", "INTERMEDIATE_NAMES", "MLM", "TARGET_NAMES", "TASKS"]

TASKS: dict[str, Task] = {**INTERMEDIATE, **PARTS, **TARGETS}
INTERMEDIATE_NAMES = tuple(INTERMEDIATE)
TARGET_NAMES = tuple(TARGETS)
ALIASES = {
    "anli_plus": "anli-plus", "anli+": "anli-plus", "anli": "anli-plus", "squad_v1": "squad", "squad1": "squad", "squad1.1": "squad",
    "squadv1": "squad", "squad_v2": "squad2", "squadv2": "squad2", "squad2.0": "squad2", "commonsenseqa": "csqa", "commonsense_qa": "csqa",
    "cosmos_qa": "cosmosqa", "cosmos": "cosmosqa", "social_i_qa": "siqa", "socialiqa": "siqa", "social_iqa": "siqa", "bucc": "bucc2018",
    "paws-x": "pawsx", "paws_x": "pawsx", "pan-x": "panx", "pan_x": "panx", "ner": "panx", "wikiann": "panx", "pos": "udpos",
    "ud-pos": "udpos", "ud_pos": "udpos", "tydi": "tydiqa", "tydiqa-goldp": "tydiqa", "tydiqa_goldp": "tydiqa", "mewsli-x": "mewslix",
    "mewsli_x": "mewslix", "xtreme_r": "xtreme-r", "xtremer": "xtreme-r",
}  # fmt: skip
