"""What a site publishes itself: frequent questions, and publications by topic."""
