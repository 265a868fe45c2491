"""Side-by-side timings, as ratios; never run by the tests."""
