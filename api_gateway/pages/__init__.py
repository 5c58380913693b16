"""What the gateway shows to people: the reference of its routes and the error catalogue."""
