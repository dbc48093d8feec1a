"""The command line: parsing, printing and exiting happen here and nowhere below."""
