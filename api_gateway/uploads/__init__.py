"""Inspects uploads as they pass, byte for byte unchanged, on their way to the File Service."""
