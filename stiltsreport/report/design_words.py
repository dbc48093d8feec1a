"""The study's design in words, as captions say it: limits, seeds, test; and the signature of a table."""

from __future__ import annotations

import hashlib

import stiltsreport
from stiltsreport.report.numbers import counted, plural
from stiltsreport.study.study import Study

_TESTS = {"paired-t": "paired t test", "sign-flip": "exact sign-flip test", "welch": "Welch's t test", "dunnett": "Dunnett's test"}
_OF_NO_NUMBER = ("title", "description", "report", "execution")
_CORRECTIONS = {"holm": "Holm", "benjamini-hochberg": "Benjamini-Hochberg"}


def limits_in_words(study: Study) -> str:
    """What caps the examples, as captions say it; "" without a limit."""
    limit = study.limit
    parts = [
        f"{counted(limit.train)} training" if limit.train else "",
        f"{counted(limit.evaluate)} evaluation" if limit.evaluate else "",
    ]
    named = " and ".join(part for part in parts if part)
    return f"Limited to at most {named} examples a set." if named else ""


def seeds_in_words(study: Study) -> str:
    """Intermediate seeds x target seeds; by row, where rows have seeds of their own."""
    each = "one target training on each intermediate checkpoint"
    if not study.arm_seeds:
        count = len(study.seeds)
        return f"{plural(count, 'seed')} ({count} × 1: {each})"
    counts = [len(seeds) for _, seeds in study.arm_seeds]
    usual = max(counts, key=counts.count)
    others = ", ".join(f"{len(seeds)} of {label}" for label, seeds in study.arm_seeds if len(seeds) != usual)
    return f"{plural(usual, 'seed')}{f', {others}' if others else ''} (n × 1: {each})"


def pairing_in_words(study: Study) -> str:
    """How two rows are compared, in a caption after "mean difference": ", paired by seed", or as two samples."""
    return ", paired by seed" if study.statistics.paired else " of two samples of seeds"


def the_test(study: Study) -> str:
    """The test, within a sentence and with an article where it has no name of its own."""
    name = _TESTS[study.statistics.test]
    return name if name[0].isupper() else f"the {name}"


def test_of_seeds(study: Study) -> str:
    """The test and what it is made on."""
    return f"{_TESTS[study.statistics.test]} {'on per-seed differences' if study.statistics.paired else 'on the seeds of two rows'}"


def test_in_words(study: Study) -> str:
    """The test and its correction, as a sentence begins."""
    chosen, text = study.statistics, test_of_seeds(study)
    own = chosen.test == "dunnett" and chosen.correction != "none"
    correction = "not adjusted" if chosen.correction == "none" else f"{_CORRECTIONS[chosen.correction]}-adjusted"
    return f"{text[0].upper()}{text[1:]}, {'over all rows of a family at once' if own else correction}"


def test_of_averages(study: Study) -> str:
    """The same of averages: where claims are declared, only those that one is about are in the declared family."""
    if not study.claims or study.statistics.correction == "none":
        return test_in_words(study)
    return f"{test_in_words(study).rpartition(', ')[0]}, adjusted with the claims where one is about it, else after Benjamini-Hochberg"


def declared_correction(study: Study) -> str:
    """How the declared family is corrected, to stand behind a level: claims by the study's correction, averages by a test's own."""
    chosen = study.statistics
    if chosen.test == "dunnett" and chosen.correction != "none" and not study.claims:
        return "by Dunnett's test"
    return "without correction" if chosen.correction == "none" else f"after {_CORRECTIONS[chosen.correction]}"


def explored_correction(study: Study) -> str:
    """How exploratory families are."""
    return "without correction" if study.statistics.correction == "none" else "after Benjamini-Hochberg"


def explored_adjustment(study: Study) -> str:
    """The same as a participle."""
    return "not adjusted" if study.statistics.correction == "none" else f"adjusted {explored_correction(study)}"


def over_the_tasks(study: Study) -> str:
    """A caption's words on the exploratory tests of tasks."""
    return "the tasks without correction" if study.statistics.correction == "none" else "Benjamini-Hochberg over the tasks"


def digest_of(study: Study) -> str:
    """Twelve hex digits of the study file's text, and of what --set put in the place of its entries, how it is reported aside."""
    counted_in = [one for one in study.overrides if one.partition("=")[0].split(".")[0].strip() not in _OF_NO_NUMBER]
    return hashlib.sha256("\n".join([study.source, *counted_in]).encode()).hexdigest()[:12]


def signature(study: Study, digest: str, *parts: str) -> str:
    """How a table's numbers were made, in sacreBLEU's manner."""
    limit, chosen = study.limit, study.statistics
    fixed = [
        f"seeds:{_seeds(study)}",
        f"test:{chosen.test}",
        f"correction:{chosen.correction}",
        f"alpha:{chosen.alpha:g}",
    ]
    if limit.train or limit.evaluate:
        fixed.append(f"limit:{limit.train or 'all'}/{limit.evaluate or 'all'}")
    return "|".join([*(part for part in parts if part), *fixed, f"study:{digest}", f"stiltsreport:{stiltsreport.__version__}"])


def _seeds(study: Study) -> str:
    """The seeds in a signature: by row where rows have seeds of their own."""
    rows = study.arm_seeds or (("", study.seeds),)
    return ";".join(f"{row}{'=' if row else ''}{','.join(map(str, seeds))}" for row, seeds in rows)
