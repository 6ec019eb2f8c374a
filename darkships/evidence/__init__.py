"""Evidence: what static reports say around a gap (draught, destination, identity)."""
