"""Small encoders and examples of every task type, for tests."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, load_pretrained, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.models import MODELS
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text
from stiltsreport.tasks.task import Task
from tests.tiny import WORDS

NLI = ("entailment", "neutral", "contradiction")
NAMES = {
    "sequence_classification": "xnli",
    "multiple_choice": "hellaswag",
    "token_classification": "udpos",
    "question_answering": "squad",
    "dual_encoder": "mewslix",
}
KINDS = tuple(NAMES)  # the types that are evaluated too
MLM = replace(TASKS["xnli"], name="mlm", title="MLM", type="masked_language_modelling", labels=(), metrics=())


def loaded(folder: Path) -> Encoder:
    """The encoder in a folder."""
    model = replace(MODELS["xlmr-base"], name=folder.name, checkpoint=str(folder))
    return load_pretrained(model, None, folder.parent / "embedded", offline=True)


def bert_with_types(folder: Path) -> Path:
    """A BERT with a word-piece tokenizer and token types, random weights."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = "abcdefghijklmnopqrstuvwxyz.,?!0123456789"
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters), *(word for word in WORDS if len(word) > 1)]
    tokenizer = Tokenizer(models.WordPiece({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(special)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **{f"{role}_token": token for role, token in roles.items()}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        transformers.BertModel(config).save_pretrained(folder)
    return folder


def sentence(generator: random.Random, least: int = 2, most: int = 9) -> str:
    """Random words of the tiny tokenizers."""
    return " ".join(generator.choice(WORDS) for _ in range(generator.randint(least, most)))


def examples(kind: str, count: int = 24, seed: int = 0) -> list[Any]:
    """Random examples of a task type, of unlike lengths."""
    generator = random.Random(seed)

    def text(least: int = 2, most: int = 9) -> str:
        return sentence(generator, least, most)

    found: list[Example] = []
    for number in range(count):
        name = f"{kind}-{number}"
        match kind:
            case "sequence_classification":
                found.append(SentencePair(name, text(), text(), NLI[number % 3]))
            case "multiple_choice":
                found.append(MultipleChoice(name, text(), tuple(text() for _ in range(4)), number % 4))
            case "token_classification":
                words = tuple(text().split())
                found.append(TaggedSentence(name, words, tuple("DET" if len(word) < 4 else "NOUN" for word in words)))
            case "question_answering":
                context = text(20, 40)
                begin = context.index(" ", generator.randint(0, len(context) // 2)) + 1
                answer = context[begin:].split()[0]
                found.append(Question(name, text(), context, ((answer, begin),), f"paragraph {number}"))
            case "dual_encoder":
                found.append(QueryPassage(name, text(), text(), text() if number % 2 else None))
    return found


def task_of(kind: str) -> Task:
    """A task of that type."""
    return TASKS[NAMES[kind]]


def texts(encoder: Encoder, lengths: Any, count: int = 60, seed: int = 0) -> EncodedSet:
    """Random sentences, packed into rows."""
    generator = random.Random(seed)
    return EncodedSet.of(MLM, [Text(f"text {number}", sentence(generator)) for number in range(count)], encoder.tokenizer, lengths)


def encoded(kind: str, encoder: Encoder, lengths: Any, count: int = 24, seed: int = 0) -> EncodedSet:
    """Random examples as features."""
    return EncodedSet.of(task_of(kind), examples(kind, count, seed), encoder.tokenizer, lengths)


def model_for(
    kind: str, encoder: Encoder, features: Sequence[Feature], device: torch.device, labels: int | None = None
) -> tuple[nn.Module, Any]:
    """A model without dropout, and the padding of those features."""
    form, cut = FORMS[kind], cut_for(encoder, features)
    count = form.labels(task_of(kind)) if labels is None else labels
    model = with_head(encoder, getattr(transformers, form.head), cut, 7, labels=count, dropout=0.0)
    return model.eval(), padding_for(encoder, cut, device)


def whole_model(encoder: Encoder, head: Any, model: nn.Module, cut_ids: torch.Tensor, labels: int) -> Any:
    """A plain transformers model of class `head` with the full table, and every other weight of `model` (whose table is cut to `cut_ids`)."""
    config = type(encoder.config).from_dict(encoder.config.to_dict())
    config.num_labels = labels
    plain = head(config).eval()
    state = dict(model.state_dict())
    table = encoder.table.base.clone()
    name = next(name for name in state if name.endswith("word_embeddings.weight"))
    table[cut_ids] = state[name]
    state[name] = table
    plain.load_state_dict(state)
    return plain
