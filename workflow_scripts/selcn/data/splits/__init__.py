"""Test set, development set and folds of every data set, by image and by lesion."""
