"""Tables, figures and answers."""
