"""How many places a filter finds on its way across one axis of a padded image."""


def conv_output_size(h, f, s, p):
    """Input length h, filter length f, stride s, padding p on each side. Returns the output length, rounded down."""
    room = h + 2 * p - f
    return room // s + 1
