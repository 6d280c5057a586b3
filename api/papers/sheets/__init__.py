"""The papers, each with its columns and what its rows say."""
