"""Official numbers of examples by language, for planning: what a Hub copy holds is counted when it is read."""

from __future__ import annotations

from stiltsreport.tasks.task import SplitName

# Language, dev, test; "-" where there is no such split. UD 2.5 as XTREME joins its treebanks; PAN-X with XTREME-R's eight from WikiAnn.
_UDPOS = """
    af 194 425; ar 909 1680; bg 1115 1116; de 19233 22458; el 2559 2809; en 3974 5440; es 3054 3147; et 3125 3760; eu 1798 1799;
    fa 599 600; fi 3239 4422; fr 5979 9465; he 484 491; hi 1659 2684; hu 441 449; id 559 1557; it 2278 3518; ja 511 2372; kk - 1047;
    ko 3016 4276; mr 46 47; nl 1394 1471; pt 1770 2681; ru 9960 11336; ta 80 120; te 131 146; th - 1000; tl - 55; tr 988 4785;
    ur 552 535; vi 800 800; yo - 100; zh 3038 5528;
"""
_PANX = """
    af 1000 1000; ar 10000 10000; az 1000 1000; bg 10000 10000; bn 1000 1000; de 10000 10000; el 10000 10000; en 10000 10000;
    es 10000 10000; et 10000 10000; eu 10000 10000; fa 10000 10000; fi 10000 10000; fr 10000 10000; gu 100 100; he 10000 10000;
    hi 1000 1000; hu 10000 10000; id 10000 10000; it 10000 10000; ja 10000 10000; jv 100 100; ka 10000 10000; kk 1000 1000;
    ko 10000 10000; lt 10000 10000; ml 1000 1000; mr 1000 1000; ms 1000 1000; my 100 100; nl 10000 10000; pa 100 100; pl 10000 10000;
    pt 10000 10000; qu 100 100; ro 10000 10000; ru 10000 10000; sw 1000 1000; ta 1000 1000; te 1000 1000; th 10000 10000;
    tl 1000 1000; tr 10000 10000; uk 10000 10000; ur 1000 1000; vi 10000 10000; yo 100 100; zh 10000 10000;
"""
_MLQA = """
    ar 517 5335; de 512 4517; en 1148 11590; es 500 5253; hi 507 4918; vi 511 5495; zh 504 5137;
"""
# Language, test.
_TATOEBA = """
    af 1000; ar 1000; bg 1000; bn 1000; de 1000; el 1000; es 1000; et 1000; eu 1000; fa 1000; fi 1000; fr 1000; he 1000; hi 1000;
    hu 1000; id 1000; it 1000; ja 1000; jv 205; ka 746; kk 575; ko 1000; ml 687; mr 1000; nl 1000; pt 1000; ru 1000; sw 390; ta 307;
    te 234; th 548; tl 1000; tr 1000; ur 1000; vi 1000; zh 1000;
"""
_MEWSLIX = """
    ar 1501; de 1551; en 1490; es 1552; fa 458; ja 1519; pl 1562; ro 672; ta 1567; tr 1215; uk 1537;
"""


def _read(table: str, *splits: SplitName) -> tuple[tuple[str, int], ...]:
    rows = [row.split() for row in table.replace("\n", " ").split(";") if row.strip()]
    return tuple(
        (f"{split}.{language}", int(size)) for language, *sizes in rows for split, size in zip(splits, sizes, strict=True) if size != "-"
    )


UDPOS_SIZES = _read(_UDPOS, "dev", "test")
PANX_SIZES = _read(_PANX, "dev", "test")
MLQA_SIZES = _read(_MLQA, "dev", "test")
TATOEBA_SIZES = _read(_TATOEBA, "test")
MEWSLIX_SIZES = _read(_MEWSLIX, "test")
