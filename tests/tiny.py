"""A tiny encoder with random weights and tiny data sets in the official formats: what end-to-end tests run on, built offline in a second."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SCRIPTS = ((0x21, 0x7F), (0xA1, 0x180), (0x391, 0x3CA), (0x410, 0x450), (0x621, 0x64B), (0x905, 0x940), (0x4E00, 0x4E40))
WORDS = "the a is was in on of and to he she they man woman dog cat city red blue green one two three what who where not sleeps eats runs".split()


def make_tiny_tokenizer(folder: Path) -> None:
    """XLM-R's form in small: metaspace, unigram pieces of single letters and some words, <s> A </s></s> B </s>."""
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import Unigram

    letters = [chr(code) for begin, end in SCRIPTS for code in range(begin, end)]
    pieces = (
        [(token, 0.0) for token in SPECIAL]
        + [("▁", -4.0)]
        + [(letter, -6.0) for letter in letters]
        + [(f"▁{word}", -5.0) for word in WORDS]
    )
    pieces.append(("<mask>", 0.0))
    tokenizer = Tokenizer(Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in (*SPECIAL, "<mask>")])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 256,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
        "mask_token": "<mask>",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def make_tiny_model(folder: Path, seed: int = 0, family: str = "bert", layers: int = 2, hidden: int = 32) -> Path:
    """An encoder of `family` ("bert" or "xlm-roberta") with random weights as a transformers checkpoint; returns its folder."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    transformers.utils.logging.disable_progress_bar()
    make_tiny_tokenizer(folder)
    vocabulary = len(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    sizes = {
        "vocab_size": vocabulary, "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": 2, "intermediate_size": 2 * hidden,
        "max_position_embeddings": 260, "type_vocab_size": 1 if family == "xlm-roberta" else 2, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
    }  # fmt: skip
    config = transformers.AutoConfig.for_model(family, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformers.AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny BERT: 2 layers, 32 wide."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def make_tiny_data(folder: Path, seed: int = 0, train: int = 24, evaluate: int = 10) -> Path:
    """SNLI, XNLI (en, de, sw), SQuAD, XQuAD and MLQA (en, de), HellaSwag, UD-POS (en, de), Tatoeba (de), Social IQa, COPA and XCOPA (id): a few rows each."""
    generator = random.Random(seed)

    def sentence(words: int = 5) -> str:
        return " ".join(generator.choice(WORDS) for _ in range(words)).capitalize() + "."

    def lines(name: str, rows: list[str]) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")

    def pairs(count: int) -> list[str]:
        labels = ("entailment", "neutral", "contradiction")
        return [f"{sentence()}\t{sentence(3)}\t{labels[number % 3]}" for number in range(count)]

    def squad(count: int, prefix: str) -> list[str]:
        paragraphs = []
        for number in range(count):
            context = sentence(12)
            answer = context.split()[number % 10]
            asked = {
                "id": f"{prefix}{number}",
                "question": sentence(4),
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
            paragraphs.append({"context": context, "qas": [asked]})
        return [json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]})]

    def tagged(count: int) -> list[str]:
        rows: list[str] = []
        for _ in range(count):
            words = sentence(4).rstrip(".").split()
            rows += [
                f"{place}\t{word}\t_\t{'NOUN' if len(word) > 3 else 'DET'}\t_\t_\t0\t_\t_\t_" for place, word in enumerate(words, start=1)
            ]
            rows.append("")
        return rows

    def copa(count: int) -> list[str]:
        return [
            json.dumps(
                {
                    "premise": sentence(),
                    "choice1": sentence(3),
                    "choice2": sentence(3),
                    "question": "cause",
                    "label": number % 2,
                    "idx": number,
                }
            )
            for number in range(count)
        ]

    lines("snli/train.tsv", pairs(train))
    lines("snli/dev.tsv", pairs(evaluate))
    for language in ("en", "de", "sw"):
        for split in ("dev", "test"):
            lines(f"xnli/{split}-{language}.tsv", pairs(evaluate))
    lines("squad/train-v1.1.json", squad(train, "t"))
    lines("squad/dev-v1.1.json", squad(evaluate, "d"))
    for language in ("en", "de"):
        lines(f"xquad/xquad.{language}.json", squad(evaluate, "x"))
        lines(f"mlqa/test-context-{language}-question-{language}.json", squad(evaluate, "m"))
        lines(f"udpos/{language}_tiny-ud-test.conllu", tagged(evaluate))
    lines("udpos/en_tiny-ud-train.conllu", tagged(train))
    lines("udpos/en_tiny-ud-dev.conllu", tagged(evaluate))
    for split, count in (("train", train), ("dev", evaluate)):
        lines(
            f"hellaswag/{split}.jsonl",
            [
                json.dumps({"ind": n, "ctx_a": sentence(), "ctx_b": "", "endings": [sentence(3) for _ in range(4)], "label": n % 4})
                for n in range(count)
            ],
        )
        lines(
            f"siqa/{split}.jsonl",
            [
                json.dumps(
                    {
                        "context": sentence(),
                        "question": sentence(3),
                        "answerA": "one",
                        "answerB": "two",
                        "answerC": "three",
                        "correct": "ABC"[n % 3],
                    }
                )
                for n in range(count)
            ],
        )
        lines(f"copa/{split}.jsonl", copa(count))
    lines("xcopa/id/test.id.jsonl", copa(evaluate))
    english = [sentence() for _ in range(evaluate)]
    lines("tatoeba/tatoeba.deu-eng.eng", english)
    lines("tatoeba/tatoeba.deu-eng.deu", [text.replace("the", "die").replace("a", "ä") for text in english])
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny data sets."""
    return make_tiny_data(tmp_path_factory.mktemp("data"))
