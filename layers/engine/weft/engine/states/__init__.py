"""One module per state type: how it is entered, and how it resumes."""
