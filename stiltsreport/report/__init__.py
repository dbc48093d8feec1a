"""From results and comparisons to a report: a document, its tables and figures, and the formats that render it."""
