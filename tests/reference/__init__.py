"""Text-book definitions in high precision, and the script that makes the truth set."""
