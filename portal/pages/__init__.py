"""One folder per area; a view does one access check, one domain call, one render."""
