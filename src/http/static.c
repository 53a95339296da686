/* The pages: built in, or read once from a folder; each with its ETag and a compressed copy. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "internal.h"
#include "readalike/embedded.h"
#include "readalike/file.h"
#include "readalike/hash.h"
#include "readalike/str.h"

#define FILE_MAX (size_t)(8 * 1024 * 1024)
#define FILES_MAX 256

extern const struct ra_embedded ra_web_files[];
extern const size_t ra_web_files_count;
extern const struct ra_embedded ra_http_files[]; /* the API's description */
extern const size_t ra_http_files_count;

struct page {
    char *name; /* "index.html", "assets/main.js" */
    char *data; /* (n), ours */
    char *gzip; /* (gzip_n), NULL when it would not be smaller */
    size_t n, gzip_n;
    char etag[24];
    const char *type;
};

struct http_pages {
    struct page files[FILES_MAX];
    size_t n;
};

/* Nothing from elsewhere but cover images, nothing inline. */
static const char page_csp[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' https: http: data:; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", HTTP_JSON},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
    };
    for (size_t i = 0; i < RA_COUNT(types); i++) {
        if (ra_str_ends(name, types[i].ending))
            return types[i].type;
    }
    return "application/octet-stream";
}

static void compress_page(struct page *page)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    size_t bound = deflateBound(&stream, page->n);
    page->gzip = malloc(bound);
    stream.next_in = (unsigned char *)page->data;
    stream.avail_in = (unsigned)page->n;
    stream.next_out = (unsigned char *)page->gzip;
    stream.avail_out = (unsigned)bound;
    bool ok =
        page->gzip && deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < page->n;
    page->gzip_n = ok ? stream.total_out : 0;
    if (!ok) {
        free(page->gzip);
        page->gzip = NULL;
    }
    deflateEnd(&stream);
}

/* Copies the bytes. */
static bool add_page(struct http_pages *pages, const char *name, const void *data, size_t n,
                     struct ra_err *err)
{
    if (pages->n == FILES_MAX)
        return ra_fail(err, RA_ERR_INVALID, "more than %d files of pages", FILES_MAX);
    struct page *page = &pages->files[pages->n++];
    page->name = strdup(name);
    page->data = malloc(n + 1);
    if (!page->name || !page->data)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    memcpy(page->data, data, n);
    page->n = n;
    page->type = type_of(name);
    snprintf(page->etag, sizeof page->etag, "\"%016llx\"",
             (unsigned long long)ra_hash64(data, n, 0));
    compress_page(page);
    return true;
}

static bool read_folder(struct http_pages *pages, const char *dir, const char *prefix,
                        struct ra_err *err);

static bool read_entry(struct http_pages *pages, const char *dir, const char *prefix,
                       const char *entry, struct ra_err *err)
{
    char name[512];
    int n = snprintf(name, sizeof name, "%s%s", prefix, entry);
    char *path = ra_file_join(dir, name);
    if (!path)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    bool ok = n > 0 && (size_t)n + 2 < sizeof name;
    if (!ok)
        ra_fail(err, RA_ERR_INVALID, "the path %s is too long", path);
    if (ok && ra_file_is_dir(path)) {
        name[n] = '/';
        name[n + 1] = '\0';
        ok = read_folder(pages, dir, name, err);
    } else if (ok) {
        struct ra_buf data;
        ra_buf_init(&data);
        ok = ra_file_read(path, FILE_MAX, &data, err) &&
             add_page(pages, name, data.data ? data.data : "", data.len, err);
        ra_buf_finish(&data);
    }
    free(path);
    return ok;
}

static bool read_folder(struct http_pages *pages, const char *dir, const char *prefix,
                        struct ra_err *err)
{
    char *path = ra_file_join(dir, prefix);
    DIR *folder = path ? opendir(path) : NULL;
    bool ok = folder || ra_fail_errno(err, RA_ERR_NOT_FOUND, "cannot read the pages in %s", dir);
    for (struct dirent *entry; ok && (entry = readdir(folder));) {
        if (entry->d_name[0] != '.')
            ok = read_entry(pages, dir, prefix, entry->d_name, err);
    }
    if (folder)
        closedir(folder);
    free(path);
    return ok;
}

static const struct page *find(const struct http_pages *pages, const char *name)
{
    for (size_t i = 0; i < pages->n; i++) {
        if (strcmp(pages->files[i].name, name) == 0)
            return &pages->files[i];
    }
    return NULL;
}

static bool add_built_in(struct http_pages *pages, const struct ra_embedded *files, size_t n,
                         struct ra_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!add_page(pages, files[i].name, files[i].data, files[i].size, err))
            return false;
    }
    return true;
}

static bool fill(struct http_pages *pages, const char *web_dir, struct ra_err *err)
{
    bool is_folder = web_dir && *web_dir;
    if (is_folder && !read_folder(pages, web_dir, "", err))
        return ra_err_wrap(err, "web.dir");
    if (is_folder && !find(pages, "index.html"))
        return ra_fail(err, RA_ERR_NOT_FOUND, "web.dir: there is no index.html in %s", web_dir);
    if (!is_folder && !add_built_in(pages, ra_web_files, ra_web_files_count, err))
        return false;
    return add_built_in(pages, ra_http_files, ra_http_files_count, err);
}

struct http_pages *http_pages_create(const struct ra_http_options *options, struct ra_err *err)
{
    struct http_pages *pages = calloc(1, sizeof *pages);
    if (!pages)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    else if (fill(pages, options->web_dir, err))
        return pages;
    http_pages_destroy(pages);
    return NULL;
}

void http_pages_destroy(struct http_pages *pages)
{
    for (size_t i = 0; pages && i < pages->n; i++) {
        free(pages->files[i].name);
        free(pages->files[i].data);
        free(pages->files[i].gzip);
    }
    free(pages);
}

unsigned http_send_page(struct request *request, const char *name)
{
    const struct page *page = find(request->shard->http->pages, name);
    if (!page)
        return http_fail(request, 404, "no_route", "there is nothing at %.128s", request->path);
    struct http_reply *reply = &request->reply;
    reply->type = page->type;
    reply->csp = page_csp;
    reply->cache_control = "no-cache";
    reply->may_gzip = page->gzip != NULL;
    reply->is_gzipped = page->gzip && request->accepts_gzip;
    reply->ready = reply->is_gzipped ? page->gzip : page->data;
    reply->ready_n = reply->is_gzipped ? page->gzip_n : page->n;
    /* Two forms of one page need two tags when they are strong. */
    snprintf(reply->etag, sizeof reply->etag, "%s%s", reply->is_gzipped ? "W/" : "", page->etag);
    return http_etag_matches(request->if_none_match, reply->etag) ? 304 : 200;
}

unsigned http_page(struct request *request, struct http_tools *tools)
{
    (void)tools;
    return http_send_page(request, "index.html");
}

/* Names are looked up among what was loaded, so no path leads out of the folder. */
unsigned http_asset(struct request *request, struct http_tools *tools)
{
    (void)tools;
    return http_send_page(request, request->path + 1);
}

unsigned http_site(struct request *request, struct http_tools *tools)
{
    const struct ra_http_options *options = &tools->http->options;
    struct ra_buf *out = &request->reply.body;
    ra_buf_puts(out, "{\"item\":");
    ra_buf_put_json(out, options->item_noun ? options->item_noun : "book");
    ra_buf_puts(out, ",\"creator\":");
    ra_buf_put_json(out, options->creator_noun ? options->creator_noun : "author");
    ra_buf_puts(out, ",\"reader\":");
    ra_buf_put_json(out, options->reader_noun ? options->reader_noun : "reader");
    if (options->note && *options->note) {
        ra_buf_puts(out, ",\"note\":");
        ra_buf_put_json(out, options->note);
    }
    ra_buf_putc(out, '}');
    request->reply.cache_control = "no-cache";
    return http_json(request);
}
