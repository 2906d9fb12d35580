"""What we move: canonical finance records and the rules about them. Plain Python: no Django, no network."""
