"""Evaluation: port calls that AIS shows are masked, and the pipeline is asked for them (METHODS 7)."""
