"""The study file: what may stand in it, and what it says once every name is resolved."""
