"""One invoice mapping written five times: as a mapping, twice by hand, as JMESPath and as JSONata."""
