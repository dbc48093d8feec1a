"""A study's claims, answered."""
