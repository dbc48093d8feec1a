"""Language codes of translation models: FLORES-200's, which NLLB uses."""

from __future__ import annotations

from stiltsreport.tasks.languages import LANGUAGES

_SCRIPTS = {
    "Latin": "Latn", "Arabic": "Arab", "Cyrillic": "Cyrl", "Devanagari": "Deva", "Bengali": "Beng", "Greek": "Grek", "Gujarati": "Gujr",
    "Hebrew": "Hebr", "Japanese": "Jpan", "Georgian": "Geor", "Hangul": "Hang", "Malayalam": "Mlym", "Burmese": "Mymr",
    "Gurmukhi": "Guru", "Tamil": "Taml", "Telugu": "Telu", "Thai": "Thai", "Han": "Hans",
}  # fmt: skip
# Where FLORES names a single language of a macrolanguage, and languages of translated data that no target task is in.
_OWN = {
    "ar": "arb_Arab", "az": "azj_Latn", "qu": "quy_Latn", "zh": "zho_Hans", "ca": "cat_Latn", "gl": "glg_Latn", "eo": "epo_Latn",
    "cs": "ces_Latn", "da": "dan_Latn", "sv": "swe_Latn", "no": "nob_Latn", "sk": "slk_Latn", "sl": "slv_Latn", "hr": "hrv_Latn",
}  # fmt: skip


def flores_code(language: str) -> str | None:
    """The FLORES-200 code of a language; None where we know none.

    >>> flores_code("sw"), flores_code("zh"), flores_code("xx")
    ('swh_Latn', 'zho_Hans', None)
    """
    if language in _OWN:
        return _OWN[language]
    known = LANGUAGES.get(language)
    return f"{known.iso3}_{_SCRIPTS[known.script]}" if known else None
