"""The fatigue model: decay curves of units from their own figures and those of similar ones."""
