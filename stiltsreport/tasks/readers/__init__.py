"""Local files to examples: one function a format, by the name that a task's record gives."""

from __future__ import annotations

from stiltsreport.tasks.readers.entities import read_mewslix
from stiltsreport.tasks.readers.questions import read_lareqa, read_squad, read_tydiqa
from stiltsreport.tasks.readers.retrieval import read_bucc, read_tatoeba
from stiltsreport.tasks.readers.tables import Reader, read_columns, read_sentence_pairs, read_socialiqa, read_table
from stiltsreport.tasks.readers.tags import read_ccg, read_conllu, read_tagged_words
from stiltsreport.tasks.readers.texts import read_texts

READERS: dict[str, Reader] = {
    "sentence_pairs": read_sentence_pairs,
    "hellaswag": read_table,
    "commonsenseqa": read_table,
    "socialiqa": read_socialiqa,
    "cosmosqa": read_table,
    "copa": read_table,
    "squad": read_squad,
    "tydiqa": read_tydiqa,
    "conllu": read_conllu,
    "tagged_words": read_tagged_words,
    "ccg": read_ccg,
    "tatoeba": read_tatoeba,
    "bucc": read_bucc,
    "lareqa": read_lareqa,
    "mewslix": read_mewslix,
    "columns": read_columns,
    "texts": read_texts,
}

__all__ = ["READERS", "Reader"]
