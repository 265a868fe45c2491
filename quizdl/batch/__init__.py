"""Grades a whole class: what people really hand in, collected, graded on every core, and kept."""
