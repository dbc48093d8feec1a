"""Language models asked in words: no training, the likelihood of labels, choices, spans and tags behind an English prompt."""
