"""The OpenAPI document: what quart-schema makes of the routes, completed with what all of them share."""
