"""What the product speaks of: ids, graphs, workflows, runs, approvals, events, errors."""
