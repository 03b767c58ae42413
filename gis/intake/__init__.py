"""Intake: whatever a survey firm or a register sends becomes rows, issues, or one clear refusal."""
