"""Proofs that no record is lost and none doubled. Truth is what the target logged and holds, never our own counters."""
