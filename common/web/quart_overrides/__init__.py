"""Where Quart is bent: the classes that replace its own."""
