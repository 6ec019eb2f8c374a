"""Gaps: silences of a track, closed and open."""
