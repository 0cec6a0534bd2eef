"""What surrounds every route: bounds, errors, documentation, measurements."""
