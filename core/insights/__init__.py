"""What is in the footage: a map, groups, what stands out, and how much there is of what.

Everything here is pure: arrays and plain values in, frozen values out, the same ones for the same library.
"""
