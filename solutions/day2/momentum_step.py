def momentum_step(w, g, v, lr, mu):
    """One step of momentum: v = mu * v - lr * g, then w = w + v. w, g, v have one shape. Returns w, v."""
    v = mu * v - lr * g
    w = w + v
    return w, v
