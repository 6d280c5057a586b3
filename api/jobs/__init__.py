"""Imports by GraphQL: files are staged, read, decided and shown, and recorded when somebody says so."""
