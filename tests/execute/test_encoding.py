"""Tokens once a task and tokenizer: found again by other seeds, studies, workers and models; made anew where a file is damaged."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.execute import encoding, inputs
from stiltsreport.execute.encoding import encoded, forget_tables, key_of, tokenizer_digest
from stiltsreport.execute.inputs import Reading, Remembered, pretrained_encoder
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.units import missing_units
from stiltsreport.store import Store
from stiltsreport.tasks.examples import SentencePair
from tests.execute.conftest import Built, predictions, prepared, serially, settings
from tests.tiny import make_tiny_model

SETS = 11  # that STUDY encodes


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The tasks that were tokenised and read since."""
    found: dict[str, list[str]] = {"encoded": [], "read": []}
    encode, read = encoding.encode_in_chunks, inputs.read
    monkeypatch.setattr(encoding, "encode_in_chunks", lambda task, *rest: (found["encoded"].append(task.name), encode(task, *rest))[1])
    monkeypatch.setattr(
        inputs, "read", lambda source, *rest: (found["read"].append(f"{source.task} {source.split}"), read(source, *rest))[1]
    )
    return found


def as_new_worker() -> None:
    forget_tables()
    inputs.remembered.clear()
    inputs._loaded.cache_clear()


def encoder_of(built: Built, store: Store) -> Encoder:
    train = next(iter(built.plan.trainings.values()))
    return pretrained_encoder(train.pretrained, store.pretrained, settings(store))


def training(built: Built, task: str) -> Train:
    return next(
        train
        for train in built.plan.trainings.values()
        if train.training.task.name == task and isinstance(train.start, Train) == (task != "squad")
    )


def features_of(built: Built, store: Store, task: str, **changes: Any) -> Any:
    train = training(built, task)
    given: dict[str, Any] = {"selecting": None, "reading": Reading(offline=True, store=store)} | changes
    return encoded(train.training, encoder_of(built, store).tokenizer, train.recipe, train.form, **given)


def test_another_worker_and_another_seed_do_not_tokenise(built: Built, tmp_path: Path, calls: dict[str, list[str]]):
    store = prepared(tmp_path / "store")
    shutil.copytree(built.store.folder / "tokens", store.folder / "tokens")
    files = sorted((store.folder / "tokens").iterdir())
    # SQuAD's training and dev set; SNLI's training set, XNLI's dev set, en and de; Social IQa's and COPA's two sets, and XCOPA's one
    assert len(files) == SETS
    as_new_worker()
    plan = built.replan("seeds=[1, 2]")
    assert all(outcome.state == "done" for outcome in serially(missing_units(plan, store), store))
    assert calls["encoded"] == []
    assert sorted((store.folder / "tokens").iterdir()) == files
    assert not [name for name in calls["read"] if "train" in name]  # a training needs no examples
    assert predictions(built.plan, store) == predictions(built.plan, built.store)


def test_once_for_all_seeds_and_starts(built: Built, tmp_path: Path, calls: dict[str, list[str]]):
    as_new_worker()
    store = prepared(tmp_path / "store")
    serially(missing_units(built.replan("seeds=[1, 2]"), store), store)
    assert len(calls["encoded"]) == SETS
    assert sorted(file.name for file in (store.folder / "tokens").iterdir()) == sorted(
        file.name for file in (built.store.folder / "tokens").iterdir()
    )


def test_models_with_the_same_tokenizer_share_tokens(built: Built, tmp_path: Path):
    train = training(built, "snli")
    mine = encoder_of(built, built.store).tokenizer
    from tests.modeling.small import loaded

    larger = loaded(make_tiny_model(tmp_path / "larger", seed=3, family="xlm-roberta", layers=3, hidden=48)).tokenizer
    assert larger is not mine
    assert key_of(train.training, larger, train.recipe, train.form, None) == key_of(train.training, mine, train.recipe, train.form, None)
    other = make_tiny_model(tmp_path / "other")
    file = other / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8").replace("▁the", "▁thx"), encoding="utf-8")
    assert tokenizer_digest(loaded(other).tokenizer) != tokenizer_digest(mine)


def test_the_digest_forgets_what_a_last_call_set(built: Built, tmp_path: Path):
    from tests.modeling.small import loaded

    one, two = (loaded(make_tiny_model(tmp_path / name)).tokenizer for name in ("one", "two"))
    one.backend_tokenizer.enable_truncation(7)
    one.backend_tokenizer.enable_padding(length=9)
    assert tokenizer_digest(one) == tokenizer_digest(two)


def test_the_key_holds_what_tokens_depend_on(built: Built):
    train = training(built, "snli")
    tokenizer = encoder_of(built, built.store).tokenizer
    use, recipe = train.training, train.recipe

    def key(use: Any = use, recipe: Any = recipe, form: str = train.form, selecting: int | None = None) -> str:
        return key_of(use, tokenizer, recipe, form, selecting)

    others = [
        key(replace(use, limit=5)),
        key(replace(use, part="training")),
        key(replace(use, source=replace(use.source, fingerprint="0"))),
        key(replace(use, source=replace(use.source, language="de"))),
        key(replace(use, task=replace(use.task, labels=use.task.labels[::-1]))),
        key(recipe=replace(recipe, max_length=63)),
        key(form="multiple_choice"),
        key(selecting=0),
        key(selecting=3),
    ]
    french = replace(use.source, language="fr")  # of one file that holds all languages
    others += [key(replace(use, second=french)), key(replace(use, second=replace(french, language="es")))]
    assert len({key(), *others}) == len(others) + 1
    assert key(recipe=replace(recipe, learning_rate=1.0, document_stride=1)) == key()  # a pair has no stride
    assert key(replace(use, task=replace(use.task, title="Another"))) == key()


@pytest.mark.parametrize("damage", [b"", b"ARROW1\0\0", None])
def test_a_damaged_file_is_made_anew(built: Built, tmp_path: Path, calls: dict[str, list[str]], damage: bytes | None):
    store = prepared(tmp_path / "store")
    expected = list(features_of(built, store, "snli").features)
    (file,) = (store.folder / "tokens").iterdir()
    whole = file.read_bytes()
    file.unlink()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    forget_tables()
    assert list(features_of(built, store, "snli").features) == expected
    assert calls["encoded"] == ["snli", "snli"]
    assert file.read_bytes() == whole
    assert list((store.folder / "scratch").iterdir()) == []


def test_two_workers_may_make_the_same_table(built: Built, tmp_path: Path):
    store = prepared(tmp_path / "store")
    first = features_of(built, store, "snli")
    file = next((store.folder / "tokens").iterdir())
    store.publish_tokens(file.stem, lambda other: shutil.copy(file, other))
    assert list(first.features) == list(features_of(built, store, "snli").features)


def test_the_set_knows_its_task_and_number_unread(built: Built, calls: dict[str, list[str]]):
    as_new_worker()
    data = features_of(built, built.store, "snli")
    assert len(data.examples) == 24
    assert data.task.labels == ("entailment", "neutral", "contradiction")
    assert calls["read"] == []
    assert [example.label for example in data.examples] == [data.task.labels[feature.target] for feature in data.features]
    assert calls["read"] == ["snli train"]


def test_examples_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch, built: Built):
    task = training(built, "snli").training.task
    read: list[str] = []

    def of(key: str, count: int) -> Any:
        return lambda: (read.append(key), (task, tuple(SentencePair(str(n), "a", None, "neutral") for n in range(count))))[1]

    monkeypatch.setattr(Remembered, "EXAMPLES", 10)
    remembered = Remembered()
    for key, count in (("a", 4), ("b", 5), ("a", 4), ("large", 11), ("b", 5), ("a", 4), ("c", 3), ("a", 4), ("b", 5), ("large", 11)):
        assert len(remembered.get(key, of(key, count))[1]) == count
    assert read == ["a", "b", "large", "c", "b", "large"]  # b was the oldest when c came


def test_a_full_disk_is_told(built: Built, tmp_path: Path):
    store = prepared(tmp_path / "store")
    (store.folder / "tokens").write_text("not a folder", encoding="utf-8")
    plan = built.replan("intermediate=[]", "target=[{task: xcopa, languages: [id]}]")
    (outcome,) = serially(missing_units(plan, store), store)
    assert outcome.state == "failed"
    assert "cannot be used" in outcome.error
    assert json.loads((store.folder / "store.json").read_text(encoding="utf-8"))["version"] == 1
