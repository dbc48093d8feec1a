"""Tagging beside transformers: the first token of each word, windows between words, words of which nothing is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import transformers
from tokenizers import Tokenizer, normalizers

from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.task_types.token_classification import FORM, IGNORED
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import TaggedSentence
from tests.modeling.small import encoded, examples, model_for, task_of, whole_model

KIND = "token_classification"
TASK = task_of(KIND)
TAGS = ("DET", "NOUN", "VERB")


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_tokens_and_labels_are_those_of_transformers(name: str, request: pytest.FixtureRequest) -> None:
    encoder = request.getfixturevalue(name)
    data = [*examples(KIND, 10), TaggedSentence("x", ("unseen", "dog", "xyz", "10 000", "."), ("ADJ", "NOUN", "X", "NUM", "PUNCT"))]
    for example, feature in zip(data, FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=64)), strict=True):
        theirs = encoder.tokenizer(list(example.words), is_split_into_words=True, return_token_type_ids=True)
        labels, last = [], None
        for word in theirs.word_ids():  # the recipe of transformers' own tagging examples
            labels.append(IGNORED if word is None or word == last else TASK.labels.index(example.tags[word]))
            last = word
        assert feature.rows == (tuple(theirs["input_ids"]),)
        assert feature.types == (tuple(theirs["token_type_ids"]),)
        assert list(feature.target) == labels
        assert [feature.target[place] for place in feature.align] == [TASK.labels.index(tag) for tag in example.tags]


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_the_loss_is_that_of_transformers(name: str, request: pytest.FixtureRequest, device: torch.device) -> None:
    """The mean over words of a batch of unlike sentences, not the mean of the sentences' means."""
    encoder = request.getfixturevalue(name)
    data = encoded(KIND, encoder, Recipe(max_length=64), 7)
    model, padding = model_for(KIND, encoder, data.features, device)
    batch = encoder.tokenizer(
        [list(example.words) for example in data.examples],
        is_split_into_words=True, padding=True, return_tensors="pt", return_token_type_ids=name == "bert",
    )  # fmt: skip
    labels = torch.full(batch["input_ids"].shape, IGNORED)
    for row, feature in enumerate(data.features):
        labels[row, : len(feature.target)] = torch.tensor(feature.target)
    with torch.no_grad():
        total, count = FORM.loss(model, padding.collate(data.features))
        classes = {"bert": transformers.BertForTokenClassification, "xlm-roberta": transformers.XLMRobertaForTokenClassification}
        head = classes[encoder.config.model_type]
        plain = whole_model(encoder, head, model, cut_for(encoder, data.features).ids, len(TASK.labels))
        found = plain(**batch, labels=labels)
    assert count == sum(len(example.words) for example in data.examples)
    assert float(total) / count == pytest.approx(float(found.loss), rel=1e-5)
    best = found.logits.argmax(-1)
    expected = [[int(best[row, place]) for place in feature.align] for row, feature in enumerate(data.features)]
    assert FORM.outputs(model, padding.collate(data.features)) == expected


def test_a_sentence_longer_than_the_window_keeps_every_word(encoder: Encoder) -> None:
    """Five words of 1, 4, 1, 2, 1 tokens into windows of six tokens, two of them special."""
    words = ("the", "xyz", "a", "10 ", "man")
    sizes = [len(encoder.tokenizer(word, add_special_tokens=False)["input_ids"]) for word in words]
    assert sizes == [1, 4, 1, 4, 1]
    example = TaggedSentence("x", words, ("DET", "X", "DET", "NUM", "NOUN"))
    features = FORM.encode([example], encoder.tokenizer, TASK, Recipe(max_length=6))
    assert [len(feature.rows[0]) for feature in features] == [3, 6, 3, 6, 3]
    assert [feature.example for feature in features] == [0] * 5
    wider = FORM.encode([example], encoder.tokenizer, TASK, Recipe(max_length=7))
    assert [len(feature.align) for feature in wider] == [2, 2, 1]
    outputs = [[TASK.labels.index("DET"), TASK.labels.index("X")], [0, 1], [2]]
    assert FORM.decode([example], wider, outputs, TASK, Protocol()) == [["DET", "X", *TASK.labels[:2], TASK.labels[2]]]


def test_a_word_longer_than_the_window_is_cut_and_still_tagged(encoder: Encoder) -> None:
    example = TaggedSentence("x", ("a", "x" * 40, "man"), TAGS)
    features = FORM.encode([example], encoder.tokenizer, TASK, Recipe(max_length=8))
    assert [len(feature.rows[0]) for feature in features] == [3, 8, 3]
    assert sum(len(feature.align) for feature in features) == 3


def test_a_word_of_which_nothing_is_left_stands_as_unknown(encoder: Encoder) -> None:
    """Else all tags behind it would slip by one word."""
    backend = Tokenizer.from_str(encoder.tokenizer.backend_tokenizer.to_str())
    backend.normalizer = normalizers.Replace("\u200d", "")
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", pad_token="<pad>")
    assert tokenizer("\u200d", add_special_tokens=False)["input_ids"] == []
    example = TaggedSentence("x", ("the", "\u200d", "man"), TAGS)
    (feature,) = FORM.encode([example], tokenizer, TASK, Recipe())
    assert len(feature.align) == 3
    assert feature.rows[0][feature.align[1]] == 3
    assert [TASK.labels[feature.target[place]] for place in feature.align] == list(TAGS)


def test_windows_of_several_sentences_are_joined_each_to_its_own() -> None:
    task = replace(TASK, labels=TAGS)
    data = [TaggedSentence("a", ("x", "y", "z"), TAGS), TaggedSentence("b", ("x",), ("DET",))]
    features = [type("F", (), {"example": place})() for place in (0, 1, 0)]
    assert FORM.decode(data, features, [[2, 1], [0], [1]], task, Protocol()) == [["VERB", "NOUN", "NOUN"], ["DET"]]
    assert FORM.gold(data[0], task) == list(TAGS)
