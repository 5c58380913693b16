"""Where Quart is bent: the classes that replace its own. See docs/decisions/0022-where-quart-is-bent.md."""
