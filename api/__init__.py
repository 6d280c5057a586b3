"""How people reach it: the GraphQL schema, the ASGI application, the command line and the demo county."""
