"""The page of a bundle on which one tries its model in a browser, and the two libraries that run there."""
