"""A definition read by rules: what Step Functions refuses, and what it takes and then fails on."""
