"""What the service learns about itself: numbers, never people."""
