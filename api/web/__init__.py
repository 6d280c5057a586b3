"""The page that browsers are shown at `/graphql`: one file, nothing from elsewhere."""
