from __future__ import annotations

from stiltsreport.models import MODELS
from stiltsreport.tasks.language_facts import pretraining, seen_languages
from stiltsreport.tasks.languages import LANGUAGES

# XTREME-R (Ruder et al. 2021) adds languages that XLM-R has not seen; of its 50 these are not among the 100 of fairseq's examples/xlmr.
UNSEEN = {"ht", "qu", "wo", "yo"}


def test_xlmr_has_seen_all_of_xtremes_languages_but_four() -> None:
    for name in ("xlmr-base", "xlmr-large", "xlmr-xl", "xlmr-xxl"):
        seen = seen_languages(MODELS[name].checkpoint)
        assert set(seen) == set(LANGUAGES)
        assert {code for code, answer in seen.items() if answer == "no"} == UNSEEN & set(LANGUAGES)
        assert {code for code, answer in seen.items() if answer == "unknown"} == set()


def test_mbert_has_seen_yoruba_and_haitian_and_neither_quechua_nor_wolof() -> None:
    seen = seen_languages(MODELS["mbert"].checkpoint)
    assert (seen["yo"], seen["ht"], seen["qu"], seen["wo"], seen["th"]) == ("yes", "yes", "no", "no", "yes")
    assert pretraining(MODELS["mbert"].checkpoint).megabytes == {}  # not read anywhere


def test_what_me5_saw_beyond_xlmr_is_unknown() -> None:
    seen = seen_languages(MODELS["multilingual-e5-small"].checkpoint)
    assert {code for code, answer in seen.items() if answer == "unknown"} == UNSEEN & set(LANGUAGES)
    assert "no" not in seen.values()


def test_of_another_checkpoint_nothing_is_known() -> None:
    found = pretraining("an/other")
    assert set(found.languages.values()) == {"unknown"}
    assert found.megabytes == {}


def test_sizes_are_of_seen_languages_alone() -> None:
    for model in MODELS.values():
        found = pretraining(model.checkpoint)
        assert all(found.languages[code] == "yes" for code in found.megabytes)
