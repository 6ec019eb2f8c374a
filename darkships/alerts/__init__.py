"""What is new since somebody was last told: leads with a life, rules, messages, and their delivery."""
