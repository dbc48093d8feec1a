"""A pretrained decoder with its output layer, and the likelihood that it gives to continuations of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stiltsreport.architectures import record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import SCORED_TOKENS
from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.modeling.own_code import natively
from stiltsreport.modeling.prompting.prefixes import Row, batches, beginning, common, log_likelihoods
from stiltsreport.modeling.prompting.work import Work
from stiltsreport.models import Model
from stiltsreport.recipes import Precision

_LONGEST = 8192  # tokens of a prompt, where the model's positions would reach further


@dataclass(frozen=True)
class LanguageModel:
    """`network` is a transformers model for causal language modelling, in evaluation mode on `device`; `work` counts what it reads."""

    network: Any
    tokenizer: Any
    device: torch.device
    work: Work = field(default_factory=Work)

    @property
    def longest(self) -> int:
        """Tokens that a prompt with its continuation may have; what is longer loses its beginning."""
        return min(_LONGEST, int(getattr(self.network.config, "max_position_embeddings", None) or _LONGEST))

    @property
    def kind(self) -> str:
        """Of its device: "cpu" or "cuda"."""
        return "cuda" if self.device.type == "cuda" else "cpu"

    def ids(self, text: str) -> list[int]:
        """The text's tokens, with what the tokenizer puts before a text and without what it puts behind one."""
        return self.texts([text])[0]

    def texts(self, texts: Sequence[str]) -> list[list[int]]:
        """The same of many texts, which takes less time than one by one."""
        found: list[list[int]] = self.tokenizer(list(texts))["input_ids"] if texts else []
        end = self.tokenizer.eos_token_id
        return [row[: len(row) - sum(1 for _ in takewhile(lambda one: one == end, reversed(row)))] for row in found]

    def pair(self, prompt: str, continuation: str) -> Row:
        """(tokens of both together, where the continuation's begin): as they fall when both are written as one text.

        A token that holds the end of the prompt and the beginning of the continuation belongs to the continuation.
        """
        return self.rows([(prompt, [continuation])])[0][0]

    def rows(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[list[Row]]:
        """The pairs of each prompt with each of its continuations."""
        prompts = self.texts([prompt for prompt, _ in asked])
        whole = iter(self.texts([prompt + one for prompt, continuations in asked for one in continuations]))
        return [[self._row(before, next(whole)) for _ in continuations] for before, (_, continuations) in zip(prompts, asked, strict=True)]

    def _row(self, before: list[int], whole: list[int]) -> Row:
        start = min(common(before, whole), len(whole) - 1)
        cut = max(0, len(whole) - self.longest)
        return whole[cut:], max(1, start - cut)

    @property
    def keeps(self) -> bool:
        """Whether what it has read can be kept as keys and values: known of decoders with a record, and of no other."""
        return record_of(str(self.network.config.model_type)).kind == "decoder"

    def log_likelihoods(self, asked: Sequence[tuple[str, str]]) -> list[float]:
        """The natural log of each continuation's probability behind its prompt, summed over its tokens. Equal pairs are computed once.

        The first token of all has no likelihood: a tokenizer that puts nothing before a text needs a prompt of at least one token.
        """
        continuations: dict[str, list[str]] = {}
        for prompt, continuation in dict.fromkeys(asked):
            continuations.setdefault(prompt, []).append(continuation)
        groups = self.rows(list(continuations.items()))
        found = self._shared(groups) if self.keeps else self.whole(groups)
        known = {
            (prompt, one): value
            for (prompt, each), values in zip(continuations.items(), found, strict=True)
            for one, value in zip(each, values, strict=True)
        }
        return [known[pair] for pair in asked]

    @torch.no_grad()
    def _shared(self, groups: Sequence[Sequence[Row]]) -> list[list[float]]:
        """Of each prompt's rows, what they begin with alike read once."""
        start = beginning(self, groups)
        found: list[list[float]] = [[] for _ in groups]
        for batch in batches([(len(rows), max(len(ids) for ids, _ in rows)) for rows in groups], self.kind):
            values, _ = log_likelihoods(self, start, [0] * len(batch), [groups[place] for place in batch])
            for place, value in zip(batch, values, strict=True):
                found[place] = value
        return found

    @torch.no_grad()
    def whole(self, groups: Sequence[Sequence[Row]]) -> list[list[float]]:
        """The same, each row read whole: rows are padded at their ends, which no token to the left can see."""
        rows = [row for group in groups for row in group]
        found = [0.0] * len(rows)
        for batch in batches([(1, len(ids)) for ids, _ in rows], self.kind):
            some = [rows[place] for place in batch]
            hidden = self.states([ids for ids, _ in some])
            for place, value in zip(batch, self.scored(hidden, some), strict=True):
                found[place] = value
        values = iter(found)
        return [[next(values) for _ in group] for group in groups]

    def states(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """The last states (rows, tokens, width) of rows that are read whole, padded at their ends."""
        longest = max(map(len, rows))
        ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        for row in rows:
            self.work.read(len(row))
        found: Tensor = self.network.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        return found

    def scored(self, hidden: Tensor, rows: Sequence[Row]) -> list[float]:
        """The log likelihood of each row's tokens from its start on, by the last states (rows, tokens, width) of the rows."""
        places = [(number, at) for number, (row, start) in enumerate(rows) for at in range(start, len(row))]
        at_rows, at_tokens = (torch.tensor(part, device=self.device) for part in zip(*places, strict=True))
        wanted = torch.tensor([rows[number][0][at] for number, at in places], device=self.device)[:, None]
        before = hidden[at_rows, at_tokens - 1]
        self.work.scored += len(places)
        size = SCORED_TOKENS[self.kind]  # of all at once logits would take more memory than the model
        values = [
            torch.log_softmax(self.logits(some), -1).gather(-1, of_some)[:, 0]
            for some, of_some in zip(torch.split(before, size), torch.split(wanted, size), strict=True)
        ]
        sums = torch.zeros(len(rows), dtype=torch.float64, device=self.device).index_add_(0, at_rows, torch.cat(values).double())
        return [float(value) for value in sums.tolist()]

    def logits(self, hidden: Tensor) -> Tensor:
        """Of the next token, in float32: (..., width) to (..., vocabulary). Computed where they are asked for alone."""
        found: Tensor = self.network.get_output_embeddings()(hidden).float()
        cap = getattr(self.network.config, "final_logit_softcapping", None)
        return cap * torch.tanh(found / cap) if cap else found


def load_language_model(
    model: Model, revision: str, *, device: torch.device, precision: Precision, offline: bool, trusted: bool = False
) -> LanguageModel:
    """The decoder of a model's record, with its output layer. Raises StiltsReportError where it has none, or cannot be loaded whole."""
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    source = model.checkpoint
    local = Path(source).is_dir()
    options: dict[str, Any] = {"local_files_only": offline or local}
    if not local:
        options["revision"] = revision
    where = f"model {model.name}"
    if local:
        check_folder(Path(source), where)

    def read(automatic: Any, **more: Any) -> Any:
        return natively(lambda own: automatic.from_pretrained(source, trust_remote_code=own, **options, **more), trusted=trusted)[0]

    try:
        tokenizer = read(transformers.AutoTokenizer)
        loaded = read(transformers.AutoModelForCausalLM, dtype=getattr(torch, precision), output_loading_info=True, use_safetensors=True)
    except Exception as error:  # a checkpoint that is damaged raises what the place of the damage raises
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "a decoder as save_pretrained writes it; `stiltsreport fetch STUDY` loads those of the Hub"
        raise StiltsReportError(f"cannot be asked: {reason}", where=where, hint=hint) from error
    network, info = loaded
    missing = sorted(info["missing_keys"])
    if missing:
        raise StiltsReportError(
            f"{source} lacks {missing[0]}" + (f" and {len(missing) - 1} more" if len(missing) > 1 else ""),
            where=where,
            hint="prompting asks a language model: a checkpoint with its output layer over the vocabulary",
        )
    return LanguageModel(network.to(device).eval(), tokenizer, device)
