"""The curriculum's experiments: each trains networks of `quizdl.engine` in seconds and says what the result means."""
