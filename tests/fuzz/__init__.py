"""Inputs that nobody wrote by hand: study files, data files and what else is read, each read whole or refused with one clear error.

`make fuzz` tries 100,000; the tests here a small share of them.
"""
