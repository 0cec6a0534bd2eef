"""What is learned from: ratings as arrays, lists of movies by user, and what is held out of them."""
