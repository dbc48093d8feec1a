"""What a study's scores may claim: means, tests, families, verdicts."""
