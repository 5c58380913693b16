"""What callers send and get, as models: the validation of bodies and the source of the OpenAPI description."""
