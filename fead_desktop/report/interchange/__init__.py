"""What other programs read: content is built once, each writer only formats it. Times are the frames' own."""
