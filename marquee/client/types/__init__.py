"""The JSON that goes in and out, as typed dictionaries. A test holds them to the OpenAPI document."""
