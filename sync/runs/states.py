"""Runs, entries and intents as data: their states, and which of them count as what in a run's balance."""

from __future__ import annotations

QUEUED, WORKING, SUCCEEDED, FAILED, STOPPED = "queued", "working", "succeeded", "failed", "stopped"
RUN_STATES = (
    (QUEUED, "Waiting to start"),
    (WORKING, "Running"),
    (SUCCEEDED, "Finished"),
    (FAILED, "Failed"),
    (STOPPED, "Stopped, needs a person"),
)
RUN_KINDS = (
    ("full", "Everything"),
    ("incremental", "What changed"),
    ("records", "Chosen records"),
    ("replay", "Everything since a time"),
    ("sweep", "Key sweep"),
)
TRIGGERS = (
    ("person", "A person"),
    ("schedule", "The schedule"),
    ("notification", "A notification"),
    ("parent", "A parent that arrived"),
    ("release", "A released hold"),
    ("sweep", "The key sweep"),
)

# What becomes of a record that was read. The first six end the matter, the last five leave it open.
OUTCOMES = (
    ("created", "Created"),
    ("updated", "Updated"),
    ("retired", "Retired"),
    ("linked", "Linked to what was there"),
    ("unchanged", "Unchanged"),
    ("skipped", "Not for this pipeline"),
    ("held", "Held"),
    ("waiting", "Waiting"),
    ("conflict", "Conflict"),
    ("uncertain", "Outcome unknown"),
    ("failed", "Refused by the other system"),
)
WRITTEN = frozenset({"created", "updated", "retired"})
OPEN = frozenset({"held", "waiting", "conflict", "uncertain", "failed"})
OUTCOME_OF_OPERATION = {"create": "created", "update": "updated", "retire": "retired"}

LANDED, PLANNED, WRITING, CLOSED = "landed", "planned", "writing", "closed"
ENTRY_STATES = ((LANDED, "Read"), (PLANNED, "Planned"), (WRITING, "Being written"), (CLOSED, "Decided"))

INTENT_STATES = (
    ("planned", "Not sent yet"),
    ("sending", "Being sent"),
    ("uncertain", "Outcome unknown"),
    ("done", "Proved"),
    ("refused", "Refused"),
    ("void", "Given up"),
)
