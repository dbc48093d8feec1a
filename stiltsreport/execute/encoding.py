"""The tokens of a set: encoded once for all seeds, studies and models with the same tokenizer, and kept in the store as a token table."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.modeling.encoded_set import EncodedSet, Unread, encode_in_chunks
from stiltsreport.modeling.token_file import open_tokens, write_tokens
from stiltsreport.modeling.tokens import TokenTable
from stiltsreport.plan.data_use import DataUse, digest
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Example, Retrieval
from stiltsreport.tasks.read import as_query_passages
from stiltsreport.tasks.task import Task, in_form

ENCODING = 1  # raised when the same examples would give other tokens
LENGTHS = {  # the entries that each form's encoding reads
    "sequence_classification": ("max_length",),
    "multiple_choice": ("max_length",),
    "token_classification": ("max_length",),
    "question_answering": ("max_length", "document_stride"),
    "dual_encoder": ("query_length", "passage_length"),
    "masked_language_modelling": ("max_length",),
}
_OPEN_TABLES = 256  # they cost a file handle's worth each: what they show is mapped, and the system takes it back when it wants to
_open: OrderedDict[Path, TokenTable] = OrderedDict()
_tokenizers: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


def encoded(use: DataUse, tokenizer: Any, lengths: Recipe | Protocol, form: str, *, selecting: int | None, reading: Reading) -> EncodedSet:
    """A set as features, in the form that is trained, which for LAReQA's dual encoder is not its data's own.

    Its examples are read only if its tokens are not in the store, or when they are asked for.
    """
    key = key_of(use, tokenizer, lengths, form, selecting)
    table = _table(reading.store.tokens(key), key)
    if table is None:
        task, examples = _examples(use, form, selecting, reading)

        def write(file: Path) -> None:
            write_tokens(file, key, len(examples), task.labels, encode_in_chunks(task, examples, tokenizer, lengths))

        file = reading.store.publish_tokens(key, write)
        table = _table(file, key)
        if table is None:
            raise OSError(f"{file} cannot be read back")
    task = in_form(replace(use.task, labels=table.labels), form)
    return EncodedSet(task, Unread(table.examples, lambda: _examples(use, form, selecting, reading)[1]), table)


def key_of(use: DataUse, tokenizer: Any, lengths: Recipe | Protocol, form: str, selecting: int | None) -> str:
    """A name made of all that the tokens of a set depend on, and of nothing else."""
    return digest(
        encoding=ENCODING,
        use=use.ingredients,
        language=use.source.language,
        selecting=selecting,
        form=form,
        lengths={name: getattr(lengths, name) for name in LENGTHS[form]},
        tokenizer=tokenizer_digest(tokenizer),
        tokenizers=_tokenizers_version(),
        **({"second_language": use.second.language} if use.second else {}),
        **({"passages": "by script"} if form == "dual_encoder" and use.spoken != "en" else {}),
    )


@functools.lru_cache(maxsize=1)
def _tokenizers_version() -> str:
    """Asked once: it reads and parses a file."""
    return importlib.metadata.version("tokenizers")


def tokenizer_digest(tokenizer: Any) -> str:
    """The tokenizer's content: models that come with equal tokenizers share tokens."""
    found = _tokenizers.get(tokenizer)
    if found is None:
        backend = tokenizer.backend_tokenizer
        backend.no_truncation()  # as encoding leaves it: what is left of a last call must not change the digest
        backend.no_padding()
        content = f"{tokenizer.unk_token_id}\n{backend.to_str()}"
        found = _tokenizers[tokenizer] = hashlib.sha256(content.encode()).hexdigest()
    return found


def _table(file: Path, key: str) -> TokenTable | None:
    """The table of a file, kept open."""
    found = _open.pop(file, None)
    if found is None:
        found = open_tokens(file, key)
        with contextlib.suppress(OSError):
            os.utime(file)  # it is in use: `gc` takes what nothing has read for long
    if found is not None:
        _open[file] = found
        while len(_open) > _OPEN_TABLES:
            _open.popitem(last=False)
    return found


def forget_tables() -> None:
    """Close what is open."""
    _open.clear()


def _examples(use: DataUse, form: str, selecting: int | None, reading: Reading) -> tuple[Task, Sequence[Example]]:
    task, found = examples_of(use, selecting, reading)
    if isinstance(found, Retrieval):
        raise TypeError(f"{task.name} is no set of examples")
    if form == "dual_encoder" and task.type != "dual_encoder":
        return in_form(task, form), as_query_passages(found, use.spoken)
    return in_form(task, form), found
