"""The target tasks: the nine of XTREME (Hu et al. 2020) and the three that XTREME-R adds (Ruder et al. 2021)."""

from __future__ import annotations

from stiltsreport.registry import by_name
from stiltsreport.tasks.intermediate import NLI_LABELS
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.sizes import MEWSLIX_SIZES, MLQA_SIZES, PANX_SIZES, TATOEBA_SIZES, UDPOS_SIZES
from stiltsreport.tasks.task import HubSplit, SplitName, Task

UPOS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())  # noqa: SIM905 - as the guidelines list them
ENTITIES = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


def _codes(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split()))


XNLI_LANGUAGES = _codes("ar bg de el en es fr hi ru sw th tr ur vi zh")
PAWSX_LANGUAGES = _codes("de en es fr ja ko zh")
UDPOS_LANGUAGES = _codes("af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh")
UDPOS_LANGUAGES_R = _codes(" ".join(UDPOS_LANGUAGES) + " lt pl uk wo ro")
PANX_LANGUAGES = _codes(
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh kk tr et fi hu"
)
PANX_LANGUAGES_R = _codes(" ".join(PANX_LANGUAGES) + " qu pl uk az lt pa gu ro")
XQUAD_LANGUAGES = _codes("en es de el ru tr ar vi th zh hi")
XQUAD_LANGUAGES_R = _codes(" ".join(XQUAD_LANGUAGES) + " ro")
MLQA_LANGUAGES = _codes("en es de ar hi vi zh")
TYDIQA_LANGUAGES = _codes("en ar bn fi id ko ru sw te")
BUCC_LANGUAGES = _codes("de fr ru zh")
TATOEBA_LANGUAGES = _codes("ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu")
TATOEBA_LANGUAGES_R = _codes(" ".join(TATOEBA_LANGUAGES) + " az lt pl uk ro")
XCOPA_LANGUAGES = _codes("et ht id it qu sw ta th tr vi zh")
LAREQA_LANGUAGES = XQUAD_LANGUAGES
MEWSLIX_LANGUAGES = _codes("ar de en es fa ja pl ro ta tr uk")

_UD_NAMES = tuple((code, LANGUAGES[code].title) for code in UDPOS_LANGUAGES)
_UD_WITHOUT_DEV = ("kk", "th", "tl", "yo")
_UD_DEV_NAMES = tuple(pair for pair in _UD_NAMES if pair[0] not in _UD_WITHOUT_DEV)
_TYDIQA_NAMES = tuple((code, LANGUAGES[code].title.lower()) for code in TYDIQA_LANGUAGES)
_ISO3 = tuple((code, LANGUAGES[code].iso3) for code in TATOEBA_LANGUAGES)
_ISO3_R = tuple((code, LANGUAGES[code].iso3) for code in TATOEBA_LANGUAGES_R)
_QA = ("exact_match", "answer_f1")


def _each(splits: tuple[tuple[SplitName, str], ...], repository: str, config: str) -> tuple[tuple[SplitName, HubSplit], ...]:
    return tuple((split, HubSplit(repository, config, name)) for split, name in splits)


_DEV_TEST: tuple[tuple[SplitName, str], ...] = (("dev", "validation"), ("test", "test"))
_ALL: tuple[tuple[SplitName, str], ...] = (("train", "train"), *_DEV_TEST)

TARGETS = by_name(
    (
        Task(
            name="xnli",
            title="XNLI",
            type="sequence_classification",
            group="classification",
            languages=XNLI_LANGUAGES,
            metrics=("accuracy",),
            reader="sentence_pairs",
            citation="conneau2018xnli",
            labels=NLI_LABELS,
            train=("mnli",),
            selection="xnli",
            source_data=("mnli",),
            hub=_each(_DEV_TEST, "facebook/xnli", "{language}"),
            sizes=(("dev", 2_490), ("test", 5_010)),
            licence="CC BY-NC 4.0",
            chance=100 / 3,
            parallel=True,
        ),
        Task(
            name="pawsx",
            title="PAWS-X",
            type="sequence_classification",
            group="classification",
            languages=PAWSX_LANGUAGES,
            metrics=("accuracy",),
            reader="sentence_pairs",
            citation="yang2019paws",
            labels=("0", "1"),
            train=("pawsx",),
            selection="pawsx",
            source_data=("pawsx", "paws"),
            hub=_each(_ALL, "google-research-datasets/paws-x", "{language}"),
            sizes=(("train", 49_401), ("dev", 2_000), ("test", 2_000)),
            licence="free use with attribution",
            chance=50.0,
            parallel=True,
        ),
        Task(
            name="udpos",
            title="UD-POS",
            type="token_classification",
            group="structured",
            languages=UDPOS_LANGUAGES_R,
            metrics=("span_f1",),
            beside=("token_accuracy",),
            reader="conllu",
            citation="nivre2020universal",
            labels=UPOS,
            train=("udpos",),
            selection="udpos",
            source_data=("ud-english",),
            hub=(
                ("train", HubSplit("google/xtreme", "udpos.{language}", "train", language_names=_UD_NAMES)),
                ("dev", HubSplit("google/xtreme", "udpos.{language}", "validation", language_names=_UD_DEV_NAMES)),
                ("test", HubSplit("google/xtreme", "udpos.{language}", "test", language_names=_UD_NAMES)),
                ("test", HubSplit("izhx/xtreme-r-udpos", "{language}", "test")),
            ),
            sizes=(("train", 21_253), *UDPOS_SIZES),
            licence="one licence a treebank",
        ),
        Task(
            name="panx",
            title="PAN-X",
            type="token_classification",
            group="structured",
            languages=PANX_LANGUAGES_R,
            metrics=("span_f1",),
            beside=("token_accuracy",),
            reader="tagged_words",
            citation="pan2017cross",
            labels=ENTITIES,
            train=("panx",),
            selection="panx",
            source_data=("wikiann-english",),
            hub=(
                *(
                    (split, HubSplit("google/xtreme", "PAN-X.{language}", name, language_names=tuple((c, c) for c in PANX_LANGUAGES)))
                    for split, name in _ALL
                ),
                *_each(_ALL, "unimelb-nlp/wikiann", "{language}"),
            ),
            sizes=(("train", 20_000), *PANX_SIZES),
            licence="not stated",
        ),
        Task(
            name="xquad",
            title="XQuAD",
            type="question_answering",
            group="qa",
            languages=XQUAD_LANGUAGES_R,
            metrics=_QA,
            reader="squad",
            citation="artetxe2020cross",
            train=("squad",),
            selection="squad",
            source_data=("squad",),
            hub=(("test", HubSplit("google/xquad", "xquad.{language}", "validation")),),
            sizes=(("test", 1_190),),
            licence="CC BY-SA 4.0",
            parallel=True,
        ),
        Task(
            name="mlqa",
            title="MLQA",
            type="question_answering",
            group="qa",
            languages=MLQA_LANGUAGES,
            metrics=("mlqa_exact_match", "mlqa_f1"),
            reader="squad",
            citation="lewis2020mlqa",
            train=("squad",),
            selection="squad",
            source_data=("squad",),
            hub=_each(_DEV_TEST, "google/xtreme", "MLQA.{language}.{language}"),
            sizes=MLQA_SIZES,
            licence="CC BY-SA 3.0",
            parallel=True,
        ),
        Task(
            name="tydiqa",
            title="TyDiQA-GoldP",
            type="question_answering",
            group="qa",
            languages=TYDIQA_LANGUAGES,
            metrics=_QA,
            reader="tydiqa",
            citation="clark2020tydi",
            train=("tydiqa",),
            selection="tydiqa/held-out",
            official_split="dev",
            source_data=("tydiqa",),
            hub=(
                ("train", HubSplit("google/xtreme", "tydiqa", "train", ("id", "{language}-"), _TYDIQA_NAMES)),
                ("dev", HubSplit("google/xtreme", "tydiqa", "validation", ("id", "{language}-"), _TYDIQA_NAMES)),
            ),
            sizes=(("train", 3_696),),
            licence="Apache-2.0",
            note="Its dev set is XTREME's test set: checkpoints are selected on a tenth of the training set, which is not trained on.",
        ),
        Task(
            name="bucc2018",
            title="BUCC",
            type="bitext_mining",
            group="retrieval",
            languages=BUCC_LANGUAGES,
            metrics=("mining_f1",),
            reader="bucc",
            citation="zweigenbaum2018overview",
            licence="free for research",
            note="Local files alone: the Hub's copy lacks the sentences without a partner, among which the pairs have to be found.",
        ),
        Task(
            name="tatoeba",
            title="Tatoeba",
            type="sentence_retrieval",
            group="retrieval",
            languages=TATOEBA_LANGUAGES_R,
            metrics=("retrieval_accuracy",),
            reader="tatoeba",
            citation="artetxe2019massively",
            hub=(
                ("test", HubSplit("google/xtreme", "tatoeba.{language}", "validation", language_names=_ISO3)),
                ("test", HubSplit("mteb/tatoeba-bitext-mining", "{language}-eng", "test", language_names=_ISO3_R)),
            ),
            sizes=TATOEBA_SIZES,
            licence="CC BY 2.0 FR",
        ),
        Task(
            name="xcopa",
            title="XCOPA",
            type="multiple_choice",
            group="classification",
            languages=tuple(sorted((*XCOPA_LANGUAGES, "en"))),
            metrics=("accuracy",),
            reader="copa",
            citation="ponti2020xcopa",
            train=("siqa", "copa"),
            selection="copa",
            source_data=("siqa", "copa"),
            sizes=(("dev", 100), ("test", 500)),
            hub=tuple(
                (split, HubSplit("cambridgeltl/xcopa", "{language}", name, language_names=tuple((c, c) for c in XCOPA_LANGUAGES)))
                for split, name in _DEV_TEST
            ),
            licence="CC BY 4.0",
            chance=50.0,
            parallel=True,
            prompt='the premise and "What was the cause?" or "What was the effect?"',
            note="English is COPA's own test set and no part of the benchmark's average.",
        ),
        Task(
            name="lareqa",
            title="LAReQA",
            type="dual_encoder",
            group="retrieval",
            languages=LAREQA_LANGUAGES,
            metrics=("map_20",),
            reader="lareqa",
            citation="roy2020lareqa",
            train=("squad",),
            selection="squad",
            source_data=("squad",),
            licence="CC BY-SA 4.0",
            parallel=True,
            note="The pool holds the sentences of all languages at hand; the Hub's copy lacks the sentence breaks that make the pool.",
        ),
        Task(
            name="mewslix",
            title="Mewsli-X",
            type="dual_encoder",
            group="retrieval",
            languages=MEWSLIX_LANGUAGES,
            metrics=("map_20",),
            reader="mewslix",
            citation="ruder2021xtremer",
            train=("mewslix",),
            selection="mewslix/held-out",
            source_data=("mewslix",),
            hub=(
                ("train", HubSplit("izhx/mewsli-x", "wikipedia_pairs", "train")),
                ("dev", HubSplit("izhx/mewsli-x", "{language}", "validation")),
                ("dev", HubSplit("izhx/mewsli-x", "candidate_entities", "test", role="pool")),
                ("test", HubSplit("izhx/mewsli-x", "{language}", "test")),
                ("test", HubSplit("izhx/mewsli-x", "candidate_entities", "test", role="pool")),
            ),
            sizes=(("train", 167_719), *MEWSLIX_SIZES),
            licence="CC BY-SA 3.0; news texts are fetched by their own script",
        ),
    )
)
