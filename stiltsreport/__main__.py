"""`python -m stiltsreport`: the command line without an installed script."""

from __future__ import annotations

import sys

from stiltsreport.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
