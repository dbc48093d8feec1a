"""Tiny encoders, and a device, for all tests of modeling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from stiltsreport.modeling.encoder import Encoder
from tests.modeling.small import bert_with_types, loaded
from tests.tiny import make_tiny_model


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As CPU jobs run: equality to the bit is promised on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def encoder(tiny_model: Path) -> Encoder:
    """BERT's layers with XLM-R's kind of tokenizer, as the embedded encoder: two layers, 32 wide, no token types in the tokenizer."""
    return loaded(tiny_model)


@pytest.fixture(scope="session")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """XLM-R in small: positions that begin behind the padding id, no pooler in its classifiers."""
    return loaded(make_tiny_model(tmp_path_factory.mktemp("models") / "roberta", family="xlm-roberta"))


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """BERT in small: word pieces, [CLS] A [SEP] B [SEP], and two token types that the tokenizer sets."""
    return loaded(bert_with_types(tmp_path_factory.mktemp("models") / "bert"))


@pytest.fixture
def device() -> torch.device:
    """Where tests run."""
    return torch.device("cpu")
