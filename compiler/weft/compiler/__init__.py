"""The compiler: a graph document in, an artefact for any host out."""
