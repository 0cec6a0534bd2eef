"""What programs that use Marquee import. The services themselves are in `services` and `shared`."""
