"""Visits: port calls seen in AIS, and candidate visits hidden in a gap."""
