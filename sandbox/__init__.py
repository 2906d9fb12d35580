"""A stand-in AP automation service: its own process, honest about being one, imports nothing of the house."""
