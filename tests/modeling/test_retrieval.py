"""Retrieval on a checkpoint: prefixes, lengths and layers reach the vectors; rankings and mined pairs reach the counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.retrieval import bare_model, dual_vectors, gold_pairs, mined_pairs, mining, ranking, sentence_encoder, swapped
from stiltsreport.recipes import Protocol
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Passage, Retrieval
from tests.modeling.small import encoded, model_for

RESOLVED = Protocol(layer="last", pooling="mean", prefix="")
TEXTS = ["the man sleeps in the red city", "a dog", "где кот", "who runs and who eats and who sleeps?", "القطة"]


def passages(texts: list[str], prefix: str = "") -> list[Passage]:
    """Texts as passages, their place as id."""
    return [Passage(f"{prefix}{place}", text, "en") for place, text in enumerate(texts)]


def plain_vectors(encoder: Encoder, tiny_model: object, texts: list[str], layer: int, length: int = 512) -> torch.Tensor:
    """The mean over all tokens of hidden_states[layer], one text after another, by transformers alone."""
    model, found = transformers.AutoModel.from_pretrained(tiny_model).eval(), []
    with torch.no_grad():
        for text in texts:
            given = encoder.tokenizer(text, return_tensors="pt", truncation=True, max_length=length)
            states = model(**given, output_hidden_states=True).hidden_states[layer][0].mean(0)
            found.append(states / states.norm())
    return torch.stack(found)


@pytest.mark.parametrize(("layer", "index"), [("last", 2), ("7/12", 1), ("0", 0), ("2", 2)])
def test_sentence_vectors_are_those_of_transformers(
    encoder: Encoder, tiny_model: object, device: torch.device, layer: str, index: int
) -> None:
    for prefix, length in (("", 512), ("query: ", 512), ("", 8)):
        protocol = replace(RESOLVED, layer=layer, prefix=prefix, retrieval_length=length)
        found = sentence_encoder(encoder, passages(TEXTS), protocol, device)
        torch.testing.assert_close(
            found, plain_vectors(encoder, tiny_model, [prefix + text for text in TEXTS], index, length), rtol=1e-4, atol=1e-5
        )


def test_a_model_that_is_shared_gives_every_layer(encoder: Encoder, tiny_model: object, device: torch.device) -> None:
    """Tatoeba may read the last layer, whose batches are packed, and BUCC another one of the same model."""
    model = bare_model(encoder, device)
    for layer, index in (("last", 2), ("1", 1), ("last", 2), ("0", 0)):
        found = sentence_encoder(encoder, passages(TEXTS), replace(RESOLVED, layer=layer), device, model)
        torch.testing.assert_close(found, plain_vectors(encoder, tiny_model, TEXTS, index), rtol=1e-4, atol=1e-5)


def test_dual_vectors_read_texts_that_training_did_not_meet(encoder: Encoder, device: torch.device) -> None:
    data = encoded("dual_encoder", encoder, Protocol(), 3)
    model, _ = model_for("dual_encoder", encoder, data.features, device)
    found = dual_vectors(model, encoder, passages(TEXTS), 64, RESOLVED, device)
    with torch.no_grad():
        for text, vector in zip(TEXTS, found, strict=True):
            other = dual_vectors(model, encoder, passages([text]), 64, RESOLVED, device)[0]
            torch.testing.assert_close(vector, other, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(5))


DATA = Retrieval(
    (Passage("q0", "a", "en"), Passage("q1", "b", "en"), Passage("q2", "c", "en")),
    (Passage("p0", "x", "de"), Passage("p1", "y", "de")),
    {"q0": ("p1",), "q1": ("p0",)},
)


def test_a_ranking_is_counted_against_what_is_relevant() -> None:
    queries, pool = torch.tensor([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), torch.eye(2)
    found = ranking(TASKS["tatoeba"], RESOLVED, "de", DATA, queries, pool)
    assert found.ids == ("q0", "q1", "q2")
    assert found.predictions == (["p1", "p0"], ["p1", "p0"], ["p0", "p1"])
    assert found.golds == (("p1",), ("p0",), ())
    assert found.counts["retrieval_accuracy"].tolist() == [[1, 1], [0, 1], [0, 1]]
    assert found.values() == {"retrieval_accuracy": pytest.approx(100 / 3)}


def test_sides_are_swapped_with_their_relevance() -> None:
    many = Retrieval(DATA.queries, DATA.pool, {"q0": ("p0", "p1"), "q1": ("p0",)})
    other = swapped(many)
    assert (other.queries, other.pool) == (DATA.pool, DATA.queries)
    assert other.relevant == {"p0": ("q0", "q1"), "p1": ("q0",)}
    assert swapped(other).relevant == many.relevant
    assert gold_pairs(many) == {("q0", "p0"), ("q0", "p1"), ("q1", "p0")}


def test_mined_pairs_carry_ids_and_the_threshold_decides() -> None:
    """Three sentences on a circle, each with its partner: the margin finds them; above the threshold two of three stay."""
    queries = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.1]]), dim=-1)
    pool = torch.nn.functional.normalize(torch.tensor([[1.0, 0.05], [0.05, 1.0], [-1.0, 0.0]]), dim=-1)
    three = Retrieval(DATA.queries, (*DATA.pool, Passage("p2", "z", "de")), {"q0": ("p0",), "q1": ("p2",)})
    pairs = mined_pairs(three, queries, pool, replace(RESOLVED, neighbours=2))
    assert {(query, passage) for query, passage, _ in pairs} >= {("q0", "p0"), ("q1", "p1"), ("q2", "p2")}
    assert [score for *_, score in pairs] == sorted((score for *_, score in pairs), reverse=True)
    by_query = {query: score for query, _, score in pairs}
    for threshold in (0.0, by_query["q1"], by_query["q1"] + 1e-6, 99.0):
        found = mining(TASKS["bucc2018"], RESOLVED, "de", three, pairs, threshold)
        kept = [query for query in ("q0", "q1", "q2") if by_query[query] >= threshold]
        assert found.predictions == tuple(f"p{name[1]}" if name in kept else None for name in ("q0", "q1", "q2"))
        assert found.golds == (("p0",), ("p2",), ())
        # q0 is right; q1 has another partner in the gold set, and q2 none.
        assert found.counts["mining_f1"].tolist() == [
            [float("q0" in kept), float("q0" in kept), 1], [0, float("q1" in kept), 1], [0, float("q2" in kept), 0]
        ]  # fmt: skip
