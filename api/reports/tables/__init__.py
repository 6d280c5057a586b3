"""Reports, as officials hand them upward: one module each, listed in `api.reports.registry`."""
