"""Hypothesis for the whole suite: no example is timed, as the first call of a kernel compiles it."""

from hypothesis import settings

settings.register_profile("darkships", deadline=None, max_examples=60)
settings.load_profile("darkships")
