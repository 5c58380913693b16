"""One module a family of cases; each case returns figures, none decides anything."""
