"""The preview engine: classic features and a published list of words, without a key or a network."""
