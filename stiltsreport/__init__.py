"""stiltsreport: from one YAML study of intermediate-task training to a tested, paper-style report."""

__version__ = "0.1.0"
