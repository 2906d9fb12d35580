"""Who agreed: change requests and decisions, who owns which fields, and the audit trail."""
