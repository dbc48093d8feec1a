"""The English intermediate tasks: X-STILTs' nine (Phang et al. 2020), and Social IQa, SNLI, QAMR and COPA."""

from __future__ import annotations

from stiltsreport.registry import by_name
from stiltsreport.tasks.task import HubSplit, SplitName, Task

NLI_LABELS = ("entailment", "neutral", "contradiction")
EN = ("en",)
_SQUAD = ("exact_match", "answer_f1")


def _hub(repository: str, config: str = "default", train: str = "train", dev: str = "validation") -> tuple[tuple[SplitName, HubSplit], ...]:
    return (("train", HubSplit(repository, config, train)), ("dev", HubSplit(repository, config, dev)))


INTERMEDIATE = by_name(
    (
        Task(
            name="anli-plus", title="ANLI+", type="sequence_classification", group="classification", languages=EN,
            metrics=("accuracy",), reader="joined_pairs", citation="nie2020adversarial", labels=NLI_LABELS, train=("anli-plus",),
            selection="anli-plus", official_split="dev", source_data=("snli", "mnli", "anli"), parts=("snli", "mnli", "anli"),
            sizes=(("train", 1_104_934), ("dev", 3_200)), licence="CC BY-NC 4.0 (ANLI), CC BY-SA 4.0 (SNLI), mixed (MNLI)", chance=100 / 3,
            note="SNLI, MNLI and the three rounds of ANLI under one head.",
        ),
        Task(
            name="mnli", title="MNLI", type="sequence_classification", group="classification", languages=EN, metrics=("accuracy",),
            reader="sentence_pairs", citation="williams2018broad", labels=NLI_LABELS, train=("mnli",), selection="mnli",
            official_split="dev", source_data=("mnli",), hub=_hub("nyu-mll/glue", "mnli", dev="validation_matched"),
            sizes=(("train", 392_702), ("dev", 9_815)), licence="mixed (OANC and others)", chance=100 / 3,
        ),
        Task(
            name="qqp", title="QQP", type="sequence_classification", group="classification", languages=EN, metrics=("accuracy",),
            beside=("positive_f1",), reader="sentence_pairs", citation="iyer2017first", labels=("not_duplicate", "duplicate"),
            train=("qqp",), selection="qqp", official_split="dev", source_data=("qqp",), hub=_hub("nyu-mll/glue", "qqp"),
            sizes=(("train", 363_846), ("dev", 40_430)), licence="Quora's terms, non-commercial", chance=50.0,
        ),
        Task(
            name="squad2", title="SQuAD 2.0", type="question_answering", group="qa", languages=EN,
            metrics=("squad2_exact_match", "squad2_f1"), reader="squad", citation="rajpurkar2018know", labels=("no_answer",),
            train=("squad2",), selection="squad2", official_split="dev", source_data=("squad", "squad2"),
            hub=_hub("rajpurkar/squad_v2", "squad_v2"), sizes=(("train", 130_319), ("dev", 11_873)), licence="CC BY-SA 4.0",
        ),
        Task(
            name="squad", title="SQuAD 1.1", type="question_answering", group="qa", languages=EN, metrics=_SQUAD, reader="squad",
            citation="rajpurkar2016squad", train=("squad",), selection="squad", official_split="dev", source_data=("squad",),
            hub=_hub("rajpurkar/squad", "plain_text"), sizes=(("train", 87_599), ("dev", 10_570)), licence="CC BY-SA 4.0",
        ),
        Task(
            name="hellaswag", title="HellaSwag", type="multiple_choice", group="classification", languages=EN, metrics=("accuracy",),
            reader="hellaswag", citation="zellers2019hellaswag", train=("hellaswag",), selection="hellaswag", official_split="dev",
            source_data=("hellaswag",), hub=_hub("Rowan/hellaswag"), sizes=(("train", 39_905), ("dev", 10_042)), licence="MIT",
            chance=25.0, prompt="ctx_a; each choice is ctx_b, a blank and the ending (ctx and the ending where a file has ctx alone)",
        ),
        Task(
            name="ccg", title="CCG", type="token_classification", group="structured", languages=EN, metrics=("token_accuracy",),
            reader="ccg", citation="hockenmaier2007ccgbank", train=("ccg",), selection="ccg", official_split="dev",
            source_data=("ccg",), licence="LDC licence: the user's own copy",
            note="Labels are read from the task's own tags_to_id.json; the data are under licence and on no Hub.",
        ),
        Task(
            name="cosmosqa", title="Cosmos QA", type="multiple_choice", group="classification", languages=EN, metrics=("accuracy",),
            reader="cosmosqa", citation="huang2019cosmos", train=("cosmosqa",), selection="cosmosqa", official_split="dev",
            source_data=("cosmosqa",), hub=_hub("allenai/cosmos_qa"), sizes=(("train", 25_262), ("dev", 2_985)), licence="CC BY 4.0",
            chance=25.0, prompt="context, a blank, the question",
            note="Its Hub copy may still be a loading script, which datasets 4 refuses: local CSV files then.",
        ),
        Task(
            name="csqa", title="CommonsenseQA", type="multiple_choice", group="classification", languages=EN, metrics=("accuracy",),
            reader="commonsenseqa", citation="talmor2019commonsenseqa", train=("csqa",), selection="csqa", official_split="dev",
            source_data=("csqa",), hub=_hub("tau/commonsense_qa"), sizes=(("train", 9_741), ("dev", 1_221)), licence="MIT",
            chance=20.0, prompt="the question",
        ),
        Task(
            name="siqa", title="Social IQa", type="multiple_choice", group="classification", languages=EN, metrics=("accuracy",),
            reader="socialiqa", citation="sap2019social", train=("siqa",), selection="siqa", official_split="dev",
            source_data=("siqa",), hub=_hub("lighteval/siqa"), sizes=(("train", 33_410), ("dev", 1_954)), licence="CC BY 4.0",
            chance=100 / 3, prompt="context, a blank, the question",
        ),
        Task(
            name="snli", title="SNLI", type="sequence_classification", group="classification", languages=EN, metrics=("accuracy",),
            reader="sentence_pairs", citation="bowman2015large", labels=NLI_LABELS, train=("snli",), selection="snli",
            official_split="dev", source_data=("snli",), hub=_hub("stanfordnlp/snli", "plain_text"),
            sizes=(("train", 549_367), ("dev", 9_842)), licence="CC BY-SA 4.0", chance=100 / 3,
            note='Pairs without a gold label ("-", or -1 on the Hub) are left out.',
        ),
        Task(
            name="qamr", title="QAMR", type="question_answering", group="qa", languages=EN, metrics=_SQUAD, reader="squad",
            citation="michael2018crowdsourcing", train=("qamr",), selection="qamr", official_split="dev", source_data=("qamr",),
            licence="MIT", note="Local files in SQuAD's form.",
        ),
        Task(
            name="copa", title="COPA", type="multiple_choice", group="classification", languages=EN, metrics=("accuracy",), reader="copa",
            citation="roemmele2011choice", train=("copa",), selection="copa", official_split="dev", source_data=("copa",),
            hub=_hub("aps/super_glue", "copa"), sizes=(("train", 400), ("dev", 100)), licence="BSD 2-Clause", chance=50.0,
            prompt='the premise and "What was the cause?" or "What was the effect?"',
        ),
    )
)

# What ANLI+ joins that is no intermediate task by itself.
PARTS = by_name(
    (
        Task(
            name="anli", title="ANLI", type="sequence_classification", group="classification", languages=EN, metrics=("accuracy",),
            reader="sentence_pairs", citation="nie2020adversarial", labels=NLI_LABELS, train=("anli",), selection="anli",
            official_split="dev", source_data=("anli",),
            hub=tuple(
                (split, HubSplit("facebook/anli", "plain_text", f"{split}_r{number}")) for split in ("train", "dev") for number in (1, 2, 3)
            ),
            sizes=(("train", 162_865), ("dev", 3_200)), licence="CC BY-NC 4.0", chance=100 / 3,
        ),
    )
)
