"""Exact match and F1 of answers as SQuAD's two scripts and MLQA's define them: each with its own normalisation and its own empty answers.

Three rules for a text of which nothing is left after normalisation ("the", "?"):

* SQuAD 1.1 (XQuAD and TyDiQA in XTREME; Rajpurkar et al. 2016): two such texts match exactly, but their F1 is 0.
* SQuAD 2.0 (Rajpurkar et al. 2018): gold answers of that kind are dropped; two such texts have F1 1.
* MLQA (Lewis et al. 2020): as SQuAD 1.1.

Under all of them a question without gold answers is right when nothing is left of the prediction; SQuAD 1.1 and MLQA hold no such question.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics import ratios
from stiltsreport.metrics.metric import Metric

Normalise = Callable[[str, str], str]  # (text, language) -> text
QUESTIONS = "questions"
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ENGLISH_ARTICLES = re.compile(r"\b(a|an|the)\b")
# MLQA's articles. Arabic: "al-" goes wherever it stands, inside words too, and leaves a space; the script's pattern has a second branch
# that can never match. Hindi and Chinese have none.
_MLQA_ARTICLES = {
    "en": _ENGLISH_ARTICLES,
    "es": re.compile(r"\b(un|una|unos|unas|el|la|los|las)\b"),
    "vi": re.compile(r"\b(của|là|cái|chiếc|những)\b"),
    "de": re.compile(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "ar": re.compile("ال"),
}
_MLQA_LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")
_CHINESE = re.compile("([\u4e00-\u9fa5])")  # MLQA's range, which ends before the block does (U+9FFF)


def normalise_squad(text: str, _language: str = "") -> str:
    """Lower case, without ASCII punctuation and English articles, single spaces: the same in every language.

    >>> normalise_squad("The  Eiffel-Tower, a tower")
    'eiffeltower tower'
    """
    return " ".join(_ENGLISH_ARTICLES.sub(" ", text.lower().translate(_ASCII_PUNCTUATION)).split())


def normalise_mlqa(text: str, language: str) -> str:
    """Lower case, without punctuation of any script and the articles of the answer's language; in zh every character is a word.

    Raises StiltsReportError for a language that MLQA does not have.

    >>> normalise_mlqa("«La» casa, 2½", "es"), normalise_mlqa("在2008年。", "zh")
    ('casa 2½', '在 2008 年')
    """
    if language not in _MLQA_LANGUAGES:
        raise StiltsReportError(f"MLQA's metric has no language {language!r}", hint=f"known: {', '.join(_MLQA_LANGUAGES)}")
    text = "".join(sign for sign in text.lower() if not (sign in string.punctuation or unicodedata.category(sign).startswith("P")))
    if language in _MLQA_ARTICLES:
        text = _MLQA_ARTICLES[language].sub(" ", text)
    if language == "zh":
        text = _CHINESE.sub(r" \1 ", text)
    return " ".join(text.split())


def words_f1(predicted: str, gold: str) -> float:
    """F1, 0 to 1, of two normalised texts as bags of words; 0 where they share none, and so where both are empty."""
    ours, theirs = predicted.split(), gold.split()
    shared = (Counter(ours) & Counter(theirs)).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)


def _exact(predicted: str, gold: str) -> float:
    return float(predicted == gold)


def _best(score: Callable[[str, str], float], normalise: Normalise) -> Callable[[str, Sequence[str], str], tuple[float, ...]]:
    """Count as SQuAD 1.1 and MLQA do: the best score over the gold answers."""

    def count(predicted: str, gold: Sequence[str], language: str) -> tuple[float, ...]:
        """(score of the best gold answer, 1)."""
        ours = normalise(predicted, language)
        if not gold:
            return (float(not ours), 1.0)
        return (max(score(ours, normalise(answer, language)) for answer in gold), 1.0)

    return count


def _best_or_none(score: Callable[[str, str], float]) -> Callable[[str, Sequence[str], str], tuple[float, ...]]:
    """Count as SQuAD 2.0 does: gold answers of which nothing is left do not count, and none left means that there is no answer."""

    def count(predicted: str, gold: Sequence[str], _language: str) -> tuple[float, ...]:
        """(score of the best gold answer, 1)."""
        ours = normalise_squad(predicted)
        answers = [answer for answer in map(normalise_squad, gold) if answer]
        return (max(score(ours, answer) for answer in answers) if answers else float(not ours), 1.0)

    return count


_MATCHES, _F1 = ("matches", QUESTIONS), ("f1", QUESTIONS)
EXACT_MATCH = Metric("exact_match", "exact_match", "Exact match", _MATCHES, _best(_exact, normalise_squad), ratios.mean)
ANSWER_F1 = Metric("answer_f1", "f1", "F1", _F1, _best(words_f1, normalise_squad), ratios.mean)
SQUAD2_EXACT_MATCH = Metric("squad2_exact_match", "exact_match", "Exact match (SQuAD 2.0)", _MATCHES, _best_or_none(_exact), ratios.mean)
SQUAD2_F1 = Metric("squad2_f1", "f1", "F1 (SQuAD 2.0)", _F1, _best_or_none(words_f1), ratios.mean)
MLQA_EXACT_MATCH = Metric("mlqa_exact_match", "exact_match", "Exact match (MLQA)", _MATCHES, _best(_exact, normalise_mlqa), ratios.mean)
MLQA_F1 = Metric("mlqa_f1", "f1", "F1 (MLQA)", _F1, _best(words_f1, normalise_mlqa), ratios.mean)
