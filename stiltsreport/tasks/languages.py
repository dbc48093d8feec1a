"""Languages by code: name, family and script; and the three-letter codes that Tatoeba's files use."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.registry import by_name


@dataclass(frozen=True)
class Language:
    """A language by its two-letter code; family and script as in XTREME and XTREME-R (Hu et al. 2020, Ruder et al. 2021)."""

    name: str  # the code
    title: str
    family: str
    script: str
    iso3: str


def _rows(table: str) -> tuple[Language, ...]:
    rows = (line.split("|") for line in table.strip().splitlines())
    return tuple(Language(*(field.strip() for field in row)) for row in rows)


LANGUAGES = by_name(
    _rows("""
    af | Afrikaans      | Indo-European: Germanic   | Latin       | afr
    ar | Arabic         | Afro-Asiatic              | Arabic      | ara
    az | Azerbaijani    | Turkic                    | Latin       | aze
    bg | Bulgarian      | Indo-European: Slavic     | Cyrillic    | bul
    bn | Bengali        | Indo-European: Indo-Aryan | Bengali     | ben
    de | German         | Indo-European: Germanic   | Latin       | deu
    el | Greek          | Indo-European: Greek      | Greek       | ell
    en | English        | Indo-European: Germanic   | Latin       | eng
    es | Spanish        | Indo-European: Romance    | Latin       | spa
    et | Estonian       | Uralic                    | Latin       | est
    eu | Basque         | Basque                    | Latin       | eus
    fa | Persian        | Indo-European: Iranian    | Arabic      | pes
    fi | Finnish        | Uralic                    | Latin       | fin
    fr | French         | Indo-European: Romance    | Latin       | fra
    gu | Gujarati       | Indo-European: Indo-Aryan | Gujarati    | guj
    he | Hebrew         | Afro-Asiatic              | Hebrew      | heb
    hi | Hindi          | Indo-European: Indo-Aryan | Devanagari  | hin
    ht | Haitian Creole | Creole                    | Latin       | hat
    hu | Hungarian      | Uralic                    | Latin       | hun
    id | Indonesian     | Austronesian              | Latin       | ind
    it | Italian        | Indo-European: Romance    | Latin       | ita
    ja | Japanese       | Japonic                   | Japanese    | jpn
    jv | Javanese       | Austronesian              | Latin       | jav
    ka | Georgian       | Kartvelian                | Georgian    | kat
    kk | Kazakh         | Turkic                    | Cyrillic    | kaz
    ko | Korean         | Koreanic                  | Hangul      | kor
    lt | Lithuanian     | Indo-European: Baltic     | Latin       | lit
    ml | Malayalam      | Dravidian                 | Malayalam   | mal
    mr | Marathi        | Indo-European: Indo-Aryan | Devanagari  | mar
    ms | Malay          | Austronesian              | Latin       | zsm
    my | Burmese        | Sino-Tibetan              | Burmese     | mya
    nl | Dutch          | Indo-European: Germanic   | Latin       | nld
    pa | Punjabi        | Indo-European: Indo-Aryan | Gurmukhi    | pan
    pl | Polish         | Indo-European: Slavic     | Latin       | pol
    pt | Portuguese     | Indo-European: Romance    | Latin       | por
    qu | Quechua        | Quechuan                  | Latin       | que
    ro | Romanian       | Indo-European: Romance    | Latin       | ron
    ru | Russian        | Indo-European: Slavic     | Cyrillic    | rus
    sw | Swahili        | Niger-Congo               | Latin       | swh
    ta | Tamil          | Dravidian                 | Tamil       | tam
    te | Telugu         | Dravidian                 | Telugu      | tel
    th | Thai           | Kra-Dai                   | Thai        | tha
    tl | Tagalog        | Austronesian              | Latin       | tgl
    tr | Turkish        | Turkic                    | Latin       | tur
    uk | Ukrainian      | Indo-European: Slavic     | Cyrillic    | ukr
    ur | Urdu           | Indo-European: Indo-Aryan | Arabic      | urd
    vi | Vietnamese     | Austroasiatic             | Latin       | vie
    wo | Wolof          | Niger-Congo               | Latin       | wol
    yo | Yoruba         | Niger-Congo               | Latin       | yor
    zh | Chinese        | Sino-Tibetan              | Han         | cmn
    """)
)
ISO3 = {language.iso3: language.name for language in LANGUAGES.values()}
