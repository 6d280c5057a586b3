"""What the answers mean (`docs/answers.md`), computed once more: plainly, in memory, from the bare events.

It shares nothing with the read side but the classes of the events. Whatever is slow here is so on purpose.
"""
