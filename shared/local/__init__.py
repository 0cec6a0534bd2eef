"""Marquee on one machine: real servers and services as child processes, for the demo and for the tests."""
