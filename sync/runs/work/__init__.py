"""One run, page by page: read, land, plan, write, close. Each module is one stage; `loop` strings them together."""
