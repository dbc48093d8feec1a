"""What a person sees of a running study: a live table on a terminal, plain lines elsewhere."""
