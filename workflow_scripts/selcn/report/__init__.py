"""Tables, figures and answers from the evaluation's files."""
