"""What one mapping may cost. Text and node limits bind when a mapping is checked, the rest while it runs."""

from __future__ import annotations

EXPRESSION_TEXT = 2_000  # characters of one expression
EXPRESSION_NODES = 400  # after named values were put in
EXPRESSION_DEPTH = 40
PATTERN_TEXT = 500  # characters of one regular expression
CONSTANT_TEXT = 10_000  # characters of one constant, as JSON
FIELDS = 1_000  # in one mapping, lines included
NESTING = 4  # lists in lists, or groups in groups
NAMED_VALUES = 100

VALUES = 1_000_000  # rows × fields made from one record
LONG_TEXT = 200  # text that was put together is counted above this length
TEXT_BUDGET = 4_000_000  # characters put together for one record
ONE_TEXT = 100_000  # characters of one value that was put together

INPUT_DIGITS = 30  # of one number read from a record, before or after the point
OUTPUT_DIGITS = 40  # of one number written
PRECISION = 64  # digits carried between the two
EXPONENT = 200  # of one number carried between the two
CACHE_ENTRIES = 32_768  # remembered conversions per transform
