"""Pretrained weights and where they run."""
