"""The query language JSONPath: paths, intrinsic functions, payload templates, choice rules."""
