"""Scores: weights of evidence, added up to a probability."""
