"""DingTalk: its records of attendance, asked for or pushed, become check-ins."""
