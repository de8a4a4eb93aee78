"""A stranger's project: `theirs`, and its systems in Python and as YAML. The files go into its `defs` folder."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
SHOP_TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id bigint PRIMARY KEY, placed_on date NOT NULL);
CREATE TABLE shop.order_lines (
    id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES shop.orders, amount int NOT NULL
);
INSERT INTO shop.orders SELECT n, date '2026-01-01' + n % 7 FROM generate_series(1, 1500) AS n;
INSERT INTO shop.order_lines SELECT n, 1 + n % 1500, 10 FROM generate_series(1, 3000) AS n;
"""
"""The first database: 1,500 orders of two lines each, revenue 30,000."""
CRM_TABLES = """
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id bigint PRIMARY KEY, country text NOT NULL);
INSERT INTO crm.customers SELECT n, (ARRAY['at', 'de', 'is'])[1 + n % 3] FROM generate_series(1, 90) AS n;
"""
"""The second one: 30 customers in each of three countries."""
