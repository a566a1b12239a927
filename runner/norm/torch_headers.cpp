// Owns the precompiled LibTorch header that the rooms above reuse.
