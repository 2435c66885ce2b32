"""What several tests share: where the real recordings are, and made recordings with known frames."""
