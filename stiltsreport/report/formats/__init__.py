"""The formats of a report, each a rendering of the document: HTML, LaTeX, PDF, Markdown, CSV and plain text."""
