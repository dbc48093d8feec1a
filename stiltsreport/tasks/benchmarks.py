"""XTREME and XTREME-R: which tasks, in which languages, and in which order their tables stand."""

from __future__ import annotations

from stiltsreport.registry import by_name
from stiltsreport.tasks import target
from stiltsreport.tasks.task import Benchmark

BENCHMARKS = by_name(
    (
        Benchmark(
            name="xtreme",
            title="XTREME",
            tasks=(
                ("xnli", target.XNLI_LANGUAGES),
                ("pawsx", target.PAWSX_LANGUAGES),
                ("udpos", target.UDPOS_LANGUAGES),
                ("panx", target.PANX_LANGUAGES),
                ("xquad", target.XQUAD_LANGUAGES),
                ("mlqa", target.MLQA_LANGUAGES),
                ("tydiqa", target.TYDIQA_LANGUAGES),
                ("bucc2018", target.BUCC_LANGUAGES),
                ("tatoeba", target.TATOEBA_LANGUAGES),
            ),
            citation="hu2020xtreme",
        ),
        Benchmark(
            name="xtreme-r",
            title="XTREME-R",
            tasks=(
                ("xnli", target.XNLI_LANGUAGES),
                ("xcopa", target.XCOPA_LANGUAGES),
                ("udpos", target.UDPOS_LANGUAGES_R),
                ("panx", target.PANX_LANGUAGES_R),
                ("xquad", target.XQUAD_LANGUAGES),
                ("mlqa", target.MLQA_LANGUAGES),
                ("tydiqa", target.TYDIQA_LANGUAGES),
                ("tatoeba", target.TATOEBA_LANGUAGES_R),
                ("mewslix", target.MEWSLIX_LANGUAGES),
                ("lareqa", target.LAREQA_LANGUAGES),
            ),
            citation="ruder2021xtremer",
        ),
    )
)
