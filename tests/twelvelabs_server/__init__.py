"""A stand-in for Twelve Labs: the routes of its API that Cuepoint uses, over real HTTP.

What it answers follows the types of the official SDK. Its vectors are small honest descriptions of
colour, light, movement and sound, so that searches through them find what they should; it keeps
accounts like a provider (every call, every minute billed) and can be told to fail in every way that
a provider does.

`python -m tests.twelvelabs_server --port 9000` runs it; `running.standing_in()` does so for a test.
"""
