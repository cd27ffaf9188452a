"""The reference meaning of a flow: what runs, with which values, given what effects answer."""
