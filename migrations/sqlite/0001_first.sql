-- Readers and accounts. An import's reader is (source, source_key); an account is ('account', its name).
CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    source        TEXT NOT NULL,
    source_key    TEXT NOT NULL,
    name          TEXT,
    location      TEXT,
    age           INTEGER,
    email         TEXT UNIQUE,
    password_hash TEXT,
    role          TEXT NOT NULL DEFAULT 'reader',
    revision      INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL DEFAULT (unixepoch()),
    UNIQUE (source, source_key)
);

-- average_rating and rating_count are the source's own figures, not ours.
CREATE TABLE books (
    id             INTEGER PRIMARY KEY,
    source         TEXT NOT NULL,
    source_key     TEXT NOT NULL,
    isbn           TEXT,
    title          TEXT NOT NULL,
    author         TEXT,
    publisher      TEXT,
    language       TEXT,
    image_url      TEXT,
    tags           TEXT,
    year           INTEGER,
    average_rating REAL,
    rating_count   INTEGER,
    created_at     INTEGER NOT NULL DEFAULT (unixepoch()),
    UNIQUE (source, source_key)
);
CREATE INDEX books_isbn ON books (isbn);
CREATE INDEX books_year ON books (year);

-- rating NULL: read, not rated. The key is the order that a snapshot reads in.
CREATE TABLE ratings (
    user_id  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    book_id  INTEGER NOT NULL REFERENCES books (id) ON DELETE CASCADE,
    rating   REAL,
    rated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (user_id, book_id)
) WITHOUT ROWID;

CREATE TABLE shelves (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    is_public  INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    UNIQUE (user_id, name)
);

CREATE TABLE shelf_books (
    shelf_id INTEGER NOT NULL REFERENCES shelves (id) ON DELETE CASCADE,
    book_id  INTEGER NOT NULL REFERENCES books (id) ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (shelf_id, book_id)
) WITHOUT ROWID;

-- Tokens and keys are stored as hashes only.
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL DEFAULT (unixepoch()),
    last_used_at INTEGER,
    revoked_at   INTEGER
);
CREATE INDEX api_keys_user ON api_keys (user_id);

CREATE TABLE models (
    version    TEXT PRIMARY KEY,
    algorithm  TEXT NOT NULL,
    meta       TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (unixepoch())
) WITHOUT ROWID;

-- Append-only: which model was made live, when, by whom.
CREATE TABLE activations (
    id           INTEGER PRIMARY KEY,
    version      TEXT NOT NULL,
    actor        TEXT,
    activated_at INTEGER NOT NULL DEFAULT (unixepoch())
);

CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    user_id     INTEGER REFERENCES users (id) ON DELETE SET NULL,
    book_id     INTEGER REFERENCES books (id) ON DELETE SET NULL,
    kind        TEXT NOT NULL,
    detail      TEXT,
    happened_at INTEGER NOT NULL DEFAULT (unixepoch())
);
CREATE INDEX events_user ON events (user_id);
CREATE INDEX events_book ON events (book_id);

-- What there is one of. `catalogue` is the catalogue's revision.
CREATE TABLE store_state (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO store_state (name, value) VALUES ('catalogue', 1), ('load', 0);
