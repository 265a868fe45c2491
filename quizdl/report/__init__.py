"""Attempts → numbers. Files and screens are made elsewhere from what these functions return."""
