"""The running text of a report: sentences made from the study, its results and its comparisons."""
