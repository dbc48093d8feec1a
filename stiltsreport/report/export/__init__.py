"""What a study hands to others: predictions in a benchmark's submission format."""
