"""What the product can do, measured as ratios within one run: `python -m benchmarks [name] [--short]`.

One module a subject, each with `run(short) -> list[Figure]`. `__main__` knows them all.
"""
