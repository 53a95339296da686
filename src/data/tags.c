/* Tags: lists of them brought into one form, and readers' shelves understood as genres. */
#include "tags.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "readalike/str.h"

/*
 * From what tells books apart to what most of them are. A shelf that mixes two genres
 * ("fantasy-sci-fi") is left out: the books on it are on the single ones as well.
 */
static const struct genre {
    const char *name, *shelves;
} genres[] = {
    {"vampires", "vampire|vampire-fiction|vampire-romance"},
    {"dystopia", "dystopian|ya-dystopia|dystopian-fiction|post-apocalyptic"},
    {"cyberpunk", ""},
    {"steampunk", ""},
    {"space-travel", "space|space-opera"},
    {"aliens", ""},
    {"time-travel", ""},
    {"zombies", ""},
    {"dragons", "dragon"},
    {"witches", "witch|wizards|witchcraft|witches-wizards"},
    {"ghosts", "ghost|ghost-stories"},
    {"fairy-tales", "fairytales|fairy-tale|fairytale-retellings"},
    {"mythology", "greek-mythology|myths|folklore"},
    {"graphic-novels", "graphic-novel|graphic-novels-read"},
    {"manga", "mangas|manga-anime|shojo-manga|shoujo-manga|shonen-manga|manga-read|read-manga"},
    {"comics", "comic|comics-read|dc-comics|comic-books|superhero-comics"},
    {"true-crime", ""},
    {"spy", "spy-thriller|spy-thrillers|spy-fiction|espionage"},
    {"legal", "legal-thriller|legal-thrillers|legal-fiction"},
    {"noir", "nordic-noir|scandinavian-crime|scandinavian-mystery"},
    {"cozy-mystery", "mystery-cozy|cozy-mysteries"},
    {"historical-romance",
     "romance-historical|regency-romance|historical-romances|historic-romance"},
    {"erotica", "erotic-romance|romance-erotica"},
    {"chick-lit", "chicklit|chick-lit-romance"},
    {"magical-realism", "magic-realism"},
    {"urban-fantasy", "fantasy-urban|contemporary-fantasy"},
    {"epic-fantasy", "fantasy-epic|fantasy-high|high-fantasy|heroic-fantasy"},
    {"alternate-history", "alternative-history|alt-history"},
    {"gothic", "gothic-fiction|gothic-horror|southern-gothic"},
    {"poetry", "poems|poetry-to-read"},
    {"plays", "theatre|poetry-plays|poetry-and-plays"},
    {"short-stories", "short-fiction|short-story"},
    {"essays", ""},
    {"picture-books", "children-s-picture-books|childrens-picture-books|children-picture-books"},
    {"science", "non-fiction-science|popular-science|natural-history|nonfiction-science"},
    {"economics", "business|economics-business|business-economics|economics-finance|finance"},
    {"self-help", "psychology-self-help|personal-development|self-improvement"},
    {"religion", "spirituality|religion-philosophy|philosophy-religion|christian-non-fiction|"
                 "christian-nonfiction"},
    {"christian-fiction", "christianfiction|fiction-christian|religious-fiction|"
                          "inspirational-fiction"},
    {"art", "art-history|music|photography"},
    {"travel", "travelogue"},
    {"cooking", "food|cookbooks|cookbook"},
    {"sports", "sports-romance"},
    {"philosophy", "political-philosophy|philosophy-theory"},
    {"psychology", "psychology-books|social-psychology|psychology-sociology"},
    {"politics", "history-politics|politics-economics"},
    {"war", "military|world-war-ii|world-war-2|military-fiction|military-history|civil-war|wwii|"
            "warfare|wars"},
    {"biography", "autobiography|auto-biography|biography-autobiography|biographies"},
    {"memoir", "memoirs|bio-memoir|biography-memoir"},
    {"humor", "humour|funny|comedy|fantasy-humor|comic-fantasy"},
    {"western", "westerns"},
    {"adventure", "action-adventure|adventure-fiction"},
    {"animals", "animal-fiction|animal-fantasy"},
    {"paranormal", "paranormal-romance|paranormal-fantasy|ya-paranormal|supernatural|"
                   "paranormal-fiction|romance-paranormal"},
    {"horror", "horror-fiction|creepy|fiction-horror"},
    {"science-fiction", "sci-fi|scifi|sf|sciencefiction|fiction-sci-fi|hard-sci-fi|military-sf"},
    {"crime", "crime-fiction|crime-novels|crime-thriller|mystery-crime|crime-mystery"},
    {"detective", "detectives|detective-fiction|murder-mystery|detective-stories"},
    {"mystery", "mysteries|fiction-mystery|mystery-series"},
    {"thriller", "thrillers|suspense|fiction-thriller|psychological-thriller"},
    {"historical-fiction", "historicalfiction|historic-fiction|fiction-historical|historical-novel|"
                           "historical-novels|historical-fic"},
    {"history", "world-history|american-history|history-books|european-history|us-history|"
                "british-history"},
    {"fantasy", "fantasy-fiction|fiction-fantasy|genre-fantasy|fantasy-series|adult-fantasy"},
    {"romance", "romances|love-story|romance-novels|contemporary-romance|adult-romance"},
    {"magic", "magical|fantasy-magic"},
    {"children", "childrens|children-s|children-s-books|childrens-books|children-books|kids|"
                 "children-s-literature|childrens-lit|children-s-lit|children-s-fiction"},
    {"middle-grade", "middle-grades|juvenile-fiction|junior-fiction"},
    {"young-adult", "ya|teen|young-adult-fiction|ya-fiction|teens|ya-books|ya-lit|teen-fiction"},
    {"classics", "classic|classic-literature|modern-classics|classic-fiction|the-classics"},
    {"non-fiction", "nonfiction|adult-non-fiction|adult-nonfiction|general-non-fiction"},
    {"womens-fiction", "women-s-fiction"},
    {"literary-fiction", "literature|literary"},
    {"contemporary", "contemporary-fiction|contemporary-lit|contemporary-literature|"
                     "modern-fiction|realistic-fiction"},
    {"fiction", "general-fiction|adult-fiction|fiction-general|popular-fiction"},
};

static bool is_among(const char *words, const char *word, size_t n)
{
    for (const char *at = words; *at; at += *at == '|') {
        size_t len = strcspn(at, "|");
        if (len == n && memcmp(at, word, n) == 0)
            return true;
        at += len;
    }
    return false;
}

const char *tags_genre(const char *shelf, size_t n, unsigned *out_rank)
{
    for (unsigned i = 0; i < RA_COUNT(genres); i++) {
        bool same = strlen(genres[i].name) == n && memcmp(genres[i].name, shelf, n) == 0;
        if (!same && !is_among(genres[i].shelves, shelf, n))
            continue;
        if (out_rank)
            *out_rank = i;
        return genres[i].name;
    }
    return NULL;
}

void tags_add(struct ra_buf *out, const char *tag, size_t n)
{
    size_t count = out->len > 0;
    const char *at = ra_buf_cstr(out);
    if (!n || !at || is_among(at, tag, n))
        return;
    for (; *at; at++)
        count += *at == '|';
    if (count >= TAGS_MOST)
        return;
    if (out->len)
        ra_buf_putc(out, '|');
    ra_buf_put(out, tag, n);
}

void tags_add_list(struct ra_buf *out, const char *list, const char *separators)
{
    char word[64];
    while (*list) {
        size_t len = strcspn(list, separators), n = 0;
        for (size_t i = 0; i < len && n < sizeof word; i++) {
            unsigned char c = (unsigned char)list[i];
            if (c > ' ')
                word[n++] = (char)tolower(c);
            else if (n && word[n - 1] != '-')
                word[n++] = '-';
        }
        while (n && word[n - 1] == '-')
            n--;
        if (len < sizeof word)
            tags_add(out, word, n);
        list += len;
        list += *list != '\0';
    }
}
