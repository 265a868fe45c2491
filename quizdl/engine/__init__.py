"""The NumPy reference networks: every layer's forward and backward, written as the textbook's equations.

How it is laid out, everywhere in this room:

- `name(x, …)` is the bare maths; `name_forward(…)` returns `(output, cache)`; `name_backward(d_output, …, cache)` takes
  one gradient for each output and returns a dict with one gradient for each differentiable argument, under the
  argument's own name. A cache is never changed, so a backward may be called twice.
- Row vectors, `x @ W + b`; sequences are time-major `(T, B, D)`, images `(N, C, H, W)`; the gates of an LSTM
  (`i, f, o, g`) and of a GRU (`r, z, n`) are the first axis of `W`, `U` and `b`.
- float32 in, float32 out; whole numbers become float64; no argument is ever changed in place.

Where to look: `activations`, `rectifiers`, `losses`, `metric_losses` · `affine`, `embedding`, `dropout`, `dropconnect`,
`normalisation` · `convolution`, `transposed_convolution`, `pooling`, `blocks`, `wavenet`, `grad_cam` · `recurrent`,
`lstm`, `gru`, `bidirectional`, `stacked`, `truncated`, `concatenated`, `recursive` · `attention`, `multi_head`,
`positional`, `transformer_layers`, `transformer`, `language_models` · `seq2seq`, `hred`, `memory_network`, `decoding`,
`word2vec`, `ctc` · `autoencoders`, `vae`, `vq_vae`, `boltzmann`, `gan` · `grid_world`, `reinforcement` · `detection` ·
`optimisers`, `adaptive`, `schedules`, `clipping`, `initialisers` · `classic`, `classic_statistics` · `counters`,
`flops`. Networks made of these layers get their backward from the `tape`; `gradient_check` proves any pair;
`references` is what a question may name.

This file imports nothing, so that `quizdl.engine.counters` can be had without NumPy.
"""
