"""Ids of jobs as they have been since the first stored results: whoever changes one makes every store start anew, and must mean to."""

from __future__ import annotations

from stiltsreport.models import MODELS
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Evaluate, Part, Pretrained, Train
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.sources import Source


def test_ids_of_a_training_and_its_evaluation():
    start = Pretrained(MODELS["xlmr-base"], "0" * 40)
    squad = DataUse(TASKS["squad"], Source("squad", "train", "en", "a-fingerprint"))
    train = Train(start, (Part((squad,), "question_answering", None, Recipe(), Protocol()),), Recipe(), 1, "target")
    xquad = Evaluate(train, DataUse(TASKS["xquad"], Source("xquad", "test", "de", "another")), Protocol())
    mining = Evaluate(start, DataUse(TASKS["bucc2018"], Source("bucc2018", "test", "de", "a-third")), Protocol())
    assert [train.id, xquad.id, mining.id] == ["e5ba3aef7cbde7ec83ad", "88710194b31f04e2ea31", "8a45e2d586820935e24e"]


def test_id_of_a_mixture():
    start = Pretrained(MODELS["xlmr-base"], "0" * 40)
    squad = DataUse(TASKS["squad"], Source("squad", "train", "en", "a-fingerprint"))
    snli = DataUse(TASKS["snli"], Source("snli", "train", "en", "a-fourth"))
    parts = (
        Part((squad,), "question_answering", None, Recipe(), Protocol()),
        Part((snli,), "sequence_classification", None, Recipe(), Protocol()),
    )
    assert Train(start, parts, Recipe(), 1, "intermediate").id == "3e8debd22d98332ad4a3"
