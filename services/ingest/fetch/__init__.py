"""Files of a source onto this machine: downloaded, or found in a folder or a zip."""
