"""Plots: plain data in (values of a report, arrays), matplotlib figures out, all in one style.

Nothing here keeps state or reads anything; `drawing` is entered by whoever draws or saves.
"""
