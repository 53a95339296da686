"""Thirty books for the stub. Titles, authors and years are real; the rating figures are made up."""

ROWS = """
The Hobbit|J.R.R. Tolkien|1937
The Fellowship of the Ring (The Lord of the Rings, #1)|J.R.R. Tolkien|1954
The Two Towers (The Lord of the Rings, #2)|J.R.R. Tolkien|1954
The Return of the King (The Lord of the Rings, #3)|J.R.R. Tolkien|1955
Pride and Prejudice|Jane Austen|1813
Emma|Jane Austen|1815
Sense and Sensibility|Jane Austen|1811
The Odyssey|Homer|-700
Die Verwandlung|Franz Kafka|1915
Der Process|Franz Kafka|1925
Les Misérables|Victor Hugo|1862
À la recherche du temps perdu|Marcel Proust|1913
Cien años de soledad|Gabriel García Márquez|1967
Смерть Ивана Ильича|Лев Толстой|1886
雪国|川端 康成|1948
Harry Potter and the Chamber of Secrets|J.K. Rowling|1998
Harry Potter and the Goblet of Fire|J.K. Rowling|2000
Harry Potter and the Half-Blood Prince|J.K. Rowling|2005
Dune|Frank Herbert|1965
Dune Messiah|Frank Herbert|1969
Frankenstein; or, The Modern Prometheus|Mary Shelley|1818
Dracula|Bram Stoker|1897
Moby-Dick; or, The Whale|Herman Melville|1851
Brave New World|Aldous Huxley|1932
Nineteen Eighty-Four|George Orwell|1949
The Left Hand of Darkness|Ursula K. Le Guin|1969
A Wizard of Earthsea|Ursula K. Le Guin|1968
Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft|A very long word|2001
The Life and Opinions of Tristram Shandy, Gentleman, with a Preface, Marbled Pages and All the Digressions|Laurence Sterne|1759
Beowulf||1000
"""

HOSTILE = [
    '<img src=x onerror="window.attacked=true">',
    "<script>window.attacked=true</script>",
    '"><svg onload=window.attacked=true>',
    "' onmouseover='window.attacked=true",
    "</title></script><script>alert(1)</script>",
    "{{constructor.constructor('window.attacked=true')()}}",
    "javascript:window.attacked=true",
]


def plain():
    books = []
    for i, row in enumerate(ROWS.strip().splitlines()):
        title, author, year = row.split("|")
        book = {
            "id": i + 1,
            "isbn": None,
            "title": title,
            "author": author or None,
            "year": int(year),
        }
        books.append(
            {
                **book,
                "image_url": None,
                "average_rating": 3 + i % 20 / 10,
                "rating_count": 9000 - 17 * i,
            }
        )
    return books


def hostile():
    """Attacks in every field that comes from data."""
    return [
        {
            "id": 900 + i,
            "isbn": attack,
            "title": f"Evil {attack}",
            "author": attack,
            "year": 2000,
            "language": attack,
            "tags": attack,
            "image_url": "javascript:window.attacked=true" if i % 2 else f"x://{attack}",
            "average_rating": 4.0,
            "rating_count": 10,
        }
        for i, attack in enumerate(HOSTILE)
    ]
