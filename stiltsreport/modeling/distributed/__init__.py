"""One training in several processes: who takes part, how a batch is divided, how gradients meet, and how weights are shared out."""
