"""What people see: settings, pages, status pages, the API. Nobody imports this package."""
