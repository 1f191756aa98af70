"""What stands wherever a result is shown."""

RESEARCH_USE = "Research use only; not a medical device."
DEMO_WARNING = "Networks of the demo, trained on synthetic images: their predictions mean nothing for skin lesions."
