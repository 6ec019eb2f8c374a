"""Sites: watched ports, and how far it is to them by sea."""
