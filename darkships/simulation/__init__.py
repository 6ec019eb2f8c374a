"""Simulated seas: made-up traffic, what receivers hear of it, and the truth. All of it is synthetic, and says so."""
