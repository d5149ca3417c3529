"""Shot lists leave: files for editing programs and for spreadsheets.

`exporting.export` is the way in. What a list means is worked out once (`taking`, `events`) and then only
written down by each format, so that no two formats can disagree about a frame.
"""
