"""What stands wherever a result is shown."""

RESEARCH_USE = "Research use only; not a medical device."
