"""Our own small launcher for the PostgreSQL and Valkey binaries that pip brings.

Everything about a pair of servers is on disk, in one *home* folder (`DENORM_HOME`); the objects hold no state, so
several processes can use the same home:

    postgres/            data directory (for root perhaps a link, see data_folder.py)    postgres.log
    valkey/              configuration and append-only files                            valkey.log
    *.port  *.password   chosen once, then reused, so that URLs stay the same           *.lock
    servers.env          written while `denorm-assets dev` serves this home
"""
