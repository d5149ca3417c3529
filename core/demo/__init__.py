"""Generated clips for an empty library: drawn and encoded here, so a demo needs no network."""
