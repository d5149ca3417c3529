"""Carrying a library away and bringing it back: catalog, archive and media, in one folder of files."""
