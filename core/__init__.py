"""Cuepoint without a browser: everything that pages, scripts and tests build on."""
