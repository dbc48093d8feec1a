"""Texts cut at sentence ends: translators are made for sentences, and a sentence that many questions share is translated once."""

from __future__ import annotations

import re

# Behind . ! ? and closing signs, before blanks and what may begin a sentence; in scripts without blanks right behind the sign.
_END = re.compile(r"(?<=[.!?؟])[\"'”’)\]]*\s+(?=[\"'“‘(\[¿¡]*[^\W_a-z])|(?<=[。！？।॥])[」』”’）]*\s*(?=\S)")
# What ends with a full stop in English and no sentence: a single capital (an initial), capitals with full stops, and these.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:[A-Z]|(?:[A-Z]\.)+[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Col|Lt|Capt|Rev|Sen|Gov|No|vs|ca?|Mt|Ft|e\.g|i\.e)\.$"
)
_LONGEST = 12  # characters before an end in which an abbreviation is looked for


def sentences(text: str, keep: tuple[int, int] | None = None) -> list[tuple[int, int]]:
    """(begin, end) of each sentence of a text; no cut is inside the span `keep`. A text of blanks has none.

    A rule of a few lines: a cut too few makes a longer line for a translator, a cut too many two shorter ones.
    """
    cuts = [0]
    for match in _END.finditer(text):
        inside = keep is not None and keep[0] < match.end() and match.start() < keep[1]
        if not inside and not _ABBREVIATION.search(text[max(0, match.start() - _LONGEST) : match.start()]):
            cuts.append(match.end())
    pairs = zip(cuts, [*cuts[1:], len(text)], strict=True)
    return [(begin, end) for begin, end in pairs if text[begin:end].strip()]
