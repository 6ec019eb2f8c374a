"""Flags: what a vessel's positions show that no honest ship does; evidence, not a verdict."""
