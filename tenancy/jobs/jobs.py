"""A job that does nothing, for whoever wants to know how long one waits: the doctor and the benchmarks."""

from __future__ import annotations

from tenancy.jobs.registry import handles
from tenancy.jobs.work import Done, JobContext, Outcome

ECHO = "jobs.echo"


@handles(ECHO)
def echo(work: JobContext) -> Outcome:
    """Done at once; `Job.waited_ms` is the answer."""
    return Done()
