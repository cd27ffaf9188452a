"""The `{{…}}` language: parser, typed form, reference evaluator, JSONata back end."""
