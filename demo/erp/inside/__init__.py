"""Fills a fresh ERP database. Runs inside the ERP's own virtual environment, never in the product's.

    python -m demo.erp.inside <trytond.conf> <database> <facts.json>

Everything users of the ERP would have set up by hand: companies, charts, years, taxes, suppliers, orders, bills, users.
"""
