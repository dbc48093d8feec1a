"""From a study to its jobs: what would run, on which data, and what it would cost."""
