"""What pretrained models have seen of each language: which languages, and how much text of XLM-R's corpus.

Sources, as read: XLM-R's languages in the README of fairseq's examples/xlmr (commit 6034aea9), which lists those of Conneau et al. 2020;
mBERT's in the file multilingual.md of google-research/bert (commit 0307cb9d); sizes on data.statmt.org/cc-100.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stiltsreport.tasks.languages import LANGUAGES

Seen = Literal["yes", "no", "unknown"]


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Of the languages that tasks know; "Filipino" of XLM-R's list is Tagalog (CC-100's tl).
_XLMR = _codes(
    """af ar az bg bn de el en es et eu fa fi fr gu he hi hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt ro ru sw ta te th tl tr
    uk ur vi zh"""
)
# 102 languages, and in the cased model Thai and Mongolian.
_MBERT = _codes(
    """af ar az bg bn de el en es et eu fa fi fr gu he hi ht hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt ro ru sw ta te th tl tr
    uk ur vi yo zh"""
)

# Megabytes of the compressed file of a language. Chinese is the sum of both scripts, Burmese of both encodings; romanised text (Bengali,
# Hindi, Tamil, Telugu, Urdu) is left out, since no task holds any.
_CC100 = {
    "af": 305, "ar": 5_400, "az": 1_300, "bg": 9_300, "bn": 860, "de": 18_000, "el": 7_400, "en": 82_000, "es": 14_000, "et": 1_700,
    "eu": 488, "fa": 20_000, "fi": 15_000, "fr": 14_000, "gu": 242, "he": 6_100, "hi": 2_500, "hu": 15_000, "id": 36_000, "it": 7_800,
    "ja": 15_000, "jv": 37, "ka": 1_100, "kk": 889, "ko": 14_000, "lt": 3_400, "ml": 831, "mr": 334, "ms": 2_100, "my": 224,
    "nl": 7_900, "pa": 90, "pl": 12_000, "pt": 13_000, "ro": 16_000, "ru": 46_000, "sw": 332, "ta": 1_300, "te": 536, "th": 8_700,
    "tl": 701, "tr": 5_400, "uk": 14_000, "ur": 884, "vi": 28_000, "zh": 19_300,
}  # fmt: skip


@dataclass(frozen=True)
class Pretraining:
    """What is known of the languages that a checkpoint was pretrained on.

    `languages` has an answer for every language of tasks; `source` says where it was read. `megabytes`: of text by language, as
    `size_source` says; empty where unknown.
    """

    languages: dict[str, Seen]
    source: str
    megabytes: dict[str, int]
    size_source: str


_SIZES = "compressed CC-100 files as offered on data.statmt.org/cc-100, a rebuilding of XLM-R's corpus"
_XLMR_SOURCE = "README of fairseq's examples/xlmr: 100 languages"


def pretraining(checkpoint: str) -> Pretraining:
    """What a checkpoint (a Hub id, or embedded:NAME) has seen; of any other nothing is known.

    mE5 starts from a model that was distilled from XLM-R and goes on with data of its own (Wang et al. 2024): what XLM-R has seen it has
    seen, the rest is unknown.
    """
    if checkpoint in ("FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-large", "xlm-roberta-base", "xlm-roberta-large"):
        return Pretraining(_listed(_XLMR), _XLMR_SOURCE, dict(_CC100), _SIZES)
    if checkpoint in ("facebook/xlm-roberta-xl", "facebook/xlm-roberta-xxl"):
        return Pretraining(_listed(_XLMR), f"{_XLMR_SOURCE}; XL and XXL on the same CC-100 (Goyal et al. 2021)", dict(_CC100), _SIZES)
    if checkpoint in ("google-bert/bert-base-multilingual-cased", "bert-base-multilingual-cased"):
        return Pretraining(_listed(_MBERT), "multilingual.md of google-research/bert: Wikipedias of 104 languages", {}, "")
    if checkpoint in ("embedded:multilingual-e5-small", "intfloat/multilingual-e5-small"):
        return Pretraining(
            _listed(_XLMR, "unknown"),
            f"distilled from XLM-R ({_XLMR_SOURCE}); of its own later data (Wang et al. 2024) the languages are unknown",
            dict(_CC100),
            f"{_SIZES}, from which it was distilled; its own later data are not counted",
        )
    return Pretraining(dict.fromkeys(LANGUAGES, "unknown"), "", {}, "")


def seen_languages(checkpoint: str) -> dict[str, Seen]:
    """Whether a checkpoint (`Model.checkpoint`) has seen each language in pretraining.

    >>> seen = seen_languages("FacebookAI/xlm-roberta-base")
    >>> seen["sw"], seen["qu"], seen_languages("some/model")["sw"]
    ('yes', 'no', 'unknown')
    """
    return pretraining(checkpoint).languages


def _listed(languages: frozenset[str], others: Seen = "no") -> dict[str, Seen]:
    return {code: "yes" if code in languages else others for code in LANGUAGES}
