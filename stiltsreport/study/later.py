"""What a study may say but this version cannot do: refused at its place, since leaving it out would answer another question."""

from __future__ import annotations

from pydantic import ValidationError

from stiltsreport.registry import did_you_mean
from stiltsreport.study.methods import PlannedSeeds
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.study import BASELINE

_LATER = "it is part of the study file, but this version cannot run it: leave it out"


def refuse_later(written: StudyFile, problems: Problems) -> None:
    """Note every entry of a method that comes later."""

    def later(wrong: bool, what: str, *keys: Key) -> None:
        if wrong:
            problems.note(f"{what}: not available yet", *keys, hint=_LATER)

    later(bool(written.execution.model_fields_set), "execution settings (Slurm, Ray)", "execution")
    later(written.keep.target_checkpoints == "best", "keeping the best target checkpoints alone", "keep")
    later(written.report.latex != "booktabs", f"LaTeX by {written.report.latex!r}", "report", "latex")
    later(written.report.examples > 0, "examples in the report", "report", "examples")
    for index, claim in enumerate(written.claims):
        later(True, f"answering the claim {claim.name!r}", "claims", index)
    for index, model in enumerate(written.models):
        later(model.adaptation.method != "full", f"the adaptation {model.adaptation.method!r}", "models", index, "adaptation")
    if isinstance(written.seeds, dict):
        _seeds(written, problems)
        later(True, "seeds by arm or by planned looks", "seeds")


def _seeds(written: StudyFile, problems: Problems) -> None:
    """{default: N, ARM: N}, or {planned: N, looks: [...], spending: NAME}."""
    assert isinstance(written.seeds, dict)
    if "planned" in written.seeds or "looks" in written.seeds:
        try:
            PlannedSeeds.model_validate(written.seeds)
        except ValidationError as error:
            for item in error.errors():
                problems.note(f"{item['input']!r}: {item['msg']}", "seeds", *item["loc"], hint="{planned: 10, looks: [5, 10]}")
        return
    arms = ["default", BASELINE, *(entry.name or entry.task or "" for entry in written.intermediate)]
    for arm, count in written.seeds.items():
        if arm not in arms:
            problems.note(f"no arm {arm!r}", "seeds", str(arm), hint=did_you_mean(str(arm), arms))
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            problems.note(f"{count!r} is no number of seeds", "seeds", str(arm), hint="1 or more")
