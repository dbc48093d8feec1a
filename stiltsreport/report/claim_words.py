"""What claims speak of, in words: arms, quantities, and the statement itself as the object of a sentence."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.report.tables.xtreme import GROUP_TITLES
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.own_data import own_data
from stiltsreport.study.claims import BEST_PER_TARGET, OTHERS, PAIRS, ArmName, Claim, Count, Interaction, Paired, Ranking, Trend
from stiltsreport.study.study import BASELINE, PLAIN
from stiltsreport.tasks.languages import LANGUAGES

_OPEN, _CLOSE = "\ue000", "\ue001"  # around numbers, which LaTeX sets as mathematics; taken out of plain text
_DISTANCE = {"examples": "the examples of the intermediate task", "distance": "the distance from English"}
_DIMENSIONS = {"families": "{} languages", "scripts": "languages in {} script", "seen": "{} languages"}


def number(text: str) -> str:
    """Marked as a number."""
    return f"{_OPEN}{text}{_CLOSE}"


def plain(text: str) -> str:
    """The text without marks."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def in_latex(text: str) -> str:
    r"""The text for LaTeX, numbers as mathematics.

    >>> in_latex(f"gains {number('−1.2')} & 5 % more")
    'gains $-1.2$ \\& 5~\\% more'
    """
    from stiltsreport.report.formats.latex_text import latex_alone

    found: list[str] = []
    for piece in text.replace(_CLOSE, _OPEN).split(_OPEN):
        inside = len(found) % 2 == 1
        found.append(f"${piece.replace('−', '-').replace(' < ', '<').replace('%', chr(92) + '%')}$" if inside else latex_alone(piece))
    return "".join(found)


def points(value: float) -> str:
    """A size that a claim names, in points."""
    return f"{number(f'{value:g}')} {'point' if value == 1 else 'points'}"


def arm_words(evidence: Evidence, arm: ArmName) -> str:
    """A row's title; "no intermediate task" for the baseline."""
    if arm.intermediate == BEST_PER_TARGET:
        return "the best intermediate task of each target"
    if arm.intermediate == BASELINE and arm.variant == PLAIN:
        return "no intermediate task"
    title = evidence.arm_title(Arm("", arm.variant, arm.intermediate))
    return title.replace(f"{BASELINE} + ", "", 1) if arm.intermediate == BASELINE else title


def own_left_out(titles: list[str]) -> str:
    """That targets are left out whose own training data an intermediate task holds.

    >>> own_left_out(["XNLI"]), own_left_out(["XNLI", "XQuAD"])
    ('XNLI, its own data, left out', 'XNLI and XQuAD, their own data, left out')
    """
    return f"{listed(titles)}, {'its' if len(titles) == 1 else 'their'} own data, left out"


def quantity_words(evidence: Evidence, name: str, arms: tuple[ArmName, ...]) -> str:
    """An average, a group's average, a target, or a target in one language."""
    target, _, language = name.partition("/")
    if name.startswith(PAIRS):
        return f"{evidence.entries[name.removeprefix(PAIRS)].task.title} with its two sentences in different languages"
    if target in evidence.entries:
        title = evidence.entries[target].task.title
        return f"{title} in {LANGUAGES[language].title if language in LANGUAGES else language}" if language else title
    group = name.removeprefix("group:")
    title = f"the {GROUP_TITLES[group]} average" if group in GROUP_TITLES else f"the {average_title(evidence.study)}"
    extra = {"average-without-retrieval": " without retrieval", "zero-shot-average": " without English"}.get(name, "")
    own = _own(evidence, arms, name)
    if own and group not in GROUP_TITLES:
        title = f"the mean of {number(str(len(evidence.aggregates.members(name, BASELINE)) - len(own)))} tasks"
    return f"{title}{extra} ({own_left_out(own)})" if own else title + extra


def quantities(evidence: Evidence, claim: Claim, arms: tuple[ArmName, ...]) -> str:
    """What a claim is on."""
    return listed([quantity_words(evidence, name, arms) for name in claim.on])


def statement(evidence: Evidence, claim: Claim, model: str) -> str:
    """What is claimed, to stand behind "it does not hold that"."""
    where = f"on {evidence.model_title(model)}, " if model else ""
    match claim.statement:
        case Paired() as said:
            return _paired(evidence, claim, said, model)
        case Ranking(arms, rivals):
            order = [arm_words(evidence, arm) for arm in arms] + (["each of the other intermediate tasks"] if rivals else [])
            return f"{where}the order in {quantities(evidence, claim, (*arms, *rivals))} is {', then '.join(order)}"
        case Count() as said:
            return where + _count(evidence, claim, said)
        case Interaction() as said:
            return where + _interaction(evidence, claim, said)
        case Trend() as said:
            axis = _DISTANCE.get(said.axis, "the size of the model")
            beyond = f" past {number(f'{said.beyond / 1e9:g}')} billion parameters" if said.beyond else ""
            way = "grows" if said.direction == "up" else "shrinks"
            gain = f"the gain {_of(evidence, said.arm, said.than)} in {quantities(evidence, claim, (said.arm, said.than))}"
            return f"{where}{gain} {way} with {axis}{beyond}"


def subject(evidence: Evidence, arm: ArmName, than: ArmName, model: str) -> tuple[str, str]:
    """(what is done, " over ..." where it is not set against the untouched model)."""
    title, against = arm_words(evidence, arm), arm_words(evidence, than)
    bare = than == ArmName(BASELINE)
    single = evidence.study.entry(arm.intermediate)
    if bare and arm.variant == PLAIN and single is not None and len(single.tasks) == 1 and single.control is None:
        return f"training {evidence.model_title(model)} on {title} first", ""
    return f"on {evidence.model_title(model)}, {title}", "" if bare else f" over {against}"


def _paired(evidence: Evidence, claim: Claim, said: Paired, model: str) -> str:
    who, over = subject(evidence, said.arm, said.than, model)
    what = quantities(evidence, claim, (said.arm, said.than)) + over
    size = "" if said.by is None else points(said.by)
    if said.kind in ("better", "worse"):
        return f"{who} {'raises' if said.kind == 'better' else 'lowers'} {what}" + (f" by about {size}" if size else "")
    if said.kind == "no_better" and not said.by:
        return f"{who} does not raise {what}"
    if said.kind == "no_worse" and not said.by:
        return f"{who} does not lower {what}"
    return {
        "at_least": f"{who} raises {what} by at least {size}",
        "no_better": f"{who} raises {what} by less than {size}",
        "no_worse": f"{who} lowers {what} by less than {size}, if at all",
        "equivalent": f"{who} changes {what} by less than {size}",
    }[said.kind]


def _count(evidence: Evidence, claim: Claim, said: Count) -> str:
    against = arm_words(evidence, said.than)
    if said.over == "arms":
        what = quantities(evidence, claim, ())
        return (
            f"at least {number(str(said.at_least))} of {number(str(len(said.arms)))} intermediate tasks are better than {against} on {what}"
        )
    wanted = f"at least {number(str(said.at_least))}" if said.at_least is not None else f"fewer than {number(str(said.fewer))}"
    titles = [evidence.entries[name].task.title for name in claim.on]
    own = [title for title in _own(evidence, (said.arms[0], said.than)) if title in titles]
    left_out = f" ({own_left_out(own)})" if own else ""
    units = f"{number(str(len(titles) - len(own)))} targets{left_out}"
    return f"{arm_words(evidence, said.arms[0])} is better than {against} on {wanted} of {units}"


def _interaction(evidence: Evidence, claim: Claim, said: Interaction) -> str:
    gain = f"the gain {_of(evidence, said.arm, said.than)}"
    if said.dimension == "targets":
        first, second = (quantity_words(evidence, name, (said.arm, said.than)) for name in said.between)
        return f"{gain} is larger on {first} than on {second}"
    form = _DIMENSIONS[said.dimension]
    first, second = ("other languages" if name == OTHERS else form.format(name) for name in said.between)
    return f"{gain} in {quantities(evidence, claim, (said.arm, said.than))} is larger in {first} than in {second}"


def _of(evidence: Evidence, arm: ArmName, than: ArmName) -> str:
    return f"of {arm_words(evidence, arm)} over {arm_words(evidence, than)}"


def _own(evidence: Evidence, arms: tuple[ArmName, ...], name: str = "average") -> list[str]:
    """The titles of the targets that an average leaves out for these arms."""
    names = {arm.intermediate for arm in arms}
    if len(names) < 2:  # noqa: PLR2004 - arms of one intermediate have its data both
        return []
    members = evidence.aggregates.members(name, BASELINE)
    return [entry.task.title for entry in members if any(own_data(evidence.study, one, entry.task.name) for one in names)]
