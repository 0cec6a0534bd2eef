"""Plots: plain data in (values of a report, arrays), matplotlib figures out, all in one style.

Nothing here keeps state or reads anything. matplotlib is imported by what draws, when it does.
"""
