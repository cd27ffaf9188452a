"""Step Functions' own protocol (AWS JSON 1.0) in front of the embedded engine."""
