"""For whom: partners, people, customers, brand and the jobs done for them."""
