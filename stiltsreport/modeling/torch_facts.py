"""What torch finds on this machine, and how fast it multiplies here."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

_SIZE = 1_024
_SECONDS = 0.15  # of products, by precision


@dataclass(frozen=True)
class Gpu:
    """A GPU as torch sees it: bytes of memory, and of them free; compute capability; whether it multiplies bfloat16 itself."""

    name: str
    memory: int
    free: int
    capability: tuple[int, int]
    bfloat16: bool


@dataclass(frozen=True)
class TorchFacts:
    """`cuda`: the CUDA version that torch was built for, None for a build without. `error`: why its GPUs cannot be used, if so.

    `products`: floating-point operations a second of one thread's (on a CPU) matrix products, by precision.
    """

    version: str
    cuda: str | None
    gpus: tuple[Gpu, ...]
    error: str
    products: dict[str, float]


def torch_facts() -> TorchFacts:
    """Looked at and measured now; takes half a second beside the import of torch."""
    gpus, error = _gpus()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        products = {"float32": _products(torch.float32), "bfloat16": _products(torch.bfloat16)}
    finally:
        torch.set_num_threads(threads)
    return TorchFacts(torch.__version__, torch.version.cuda, gpus, error, products)


def _gpus() -> tuple[tuple[Gpu, ...], str]:
    if torch.version.cuda is None:
        return (), ""
    try:
        if not torch.cuda.is_available():
            torch.cuda.init()  # type: ignore[no-untyped-call] # raises, and says why
            return (), "no GPU is visible"
        found = []
        for number in range(torch.cuda.device_count()):
            facts = torch.cuda.get_device_properties(number)
            free, _ = torch.cuda.mem_get_info(number)
            own = torch.cuda.get_device_capability(number)
            found.append(Gpu(facts.name, facts.total_memory, free, own, own >= (8, 0)))
    except (RuntimeError, AssertionError) as error:
        return (), str(error).partition("\n")[0]
    return tuple(found), ""


def _products(kind: torch.dtype) -> float:
    """Operations a second of square products."""
    left, right = (torch.randn(_SIZE, _SIZE).to(kind) for _ in range(2))
    with torch.inference_mode():
        left @ right
        count, begin = 0, time.perf_counter()
        while (took := time.perf_counter() - begin) < _SECONDS:
            left @ right
            count += 1
    return 2 * _SIZE**3 * count / took
