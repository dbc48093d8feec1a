"""A pretrained decoder with its output layer, and the likelihood that it gives to continuations of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import ASKED_TOKENS, SCORED_TOKENS
from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.modeling.own_code import natively
from stiltsreport.models import Model
from stiltsreport.recipes import Precision

_LONGEST = 8192  # tokens of a prompt, where the model's positions would reach further


@dataclass(frozen=True)
class LanguageModel:
    """`network` is a transformers model for causal language modelling, in evaluation mode on `device`."""

    network: Any
    tokenizer: Any
    device: torch.device

    @property
    def longest(self) -> int:
        """Tokens that a prompt with its continuation may have; what is longer loses its beginning."""
        return min(_LONGEST, int(getattr(self.network.config, "max_position_embeddings", None) or _LONGEST))

    @property
    def _kind(self) -> str:
        return "cuda" if self.device.type == "cuda" else "cpu"

    def ids(self, text: str) -> list[int]:
        """The text's tokens, with what the tokenizer puts before a text and without what it puts behind one."""
        found: list[int] = self.tokenizer(text)["input_ids"]
        end = self.tokenizer.eos_token_id
        while found and found[-1] == end:
            found.pop()
        return found

    def pair(self, prompt: str, continuation: str) -> tuple[list[int], int]:
        """(tokens of both together, where the continuation's begin): as they fall when both are written as one text.

        A token that holds the end of the prompt and the beginning of the continuation belongs to the continuation.
        """
        before, whole = self.ids(prompt), self.ids(prompt + continuation)
        start = next(
            (place for place, (one, other) in enumerate(zip(before, whole, strict=False)) if one != other), min(len(before), len(whole))
        )
        start = min(start, len(whole) - 1)
        cut = max(0, len(whole) - self.longest)
        return whole[cut:], max(1, start - cut)

    def log_likelihoods(self, asked: Sequence[tuple[str, str]]) -> list[float]:
        """The natural log of each continuation's probability behind its prompt, summed over its tokens. Equal pairs are computed once.

        The first token of all has no likelihood: a tokenizer that puts nothing before a text needs a prompt of at least one token.
        """
        once = list(dict.fromkeys(asked))
        rows = [self.pair(*one) for one in once]
        found = [0.0] * len(once)
        order = sorted(range(len(once)), key=lambda place: -len(rows[place][0]))
        while order:
            size = max(1, ASKED_TOKENS[self._kind] // len(rows[order[0]][0]))
            batch, order = order[:size], order[size:]
            for place, value in zip(batch, self._of_batch([rows[place] for place in batch]), strict=True):
                found[place] = value
        known = dict(zip(once, found, strict=True))
        return [known[one] for one in asked]

    @torch.no_grad()
    def _of_batch(self, rows: Sequence[tuple[list[int], int]]) -> list[float]:
        """Rows are padded at their ends, which no token to the left can see."""
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row, _ in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row, _ in rows], device=self.device)
        places = [(number, at) for number, (row, start) in enumerate(rows) for at in range(start, len(row))]
        at_rows, at_tokens = (torch.tensor(part, device=self.device) for part in zip(*places, strict=True))
        hidden = self.network.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        before, wanted = hidden[at_rows, at_tokens - 1], ids[at_rows, at_tokens, None]
        size = SCORED_TOKENS[self._kind]  # of all at once logits would take more memory than the model
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
