/* The API's description, for programs and, as a page of web/, for people. */
#include "internal.h"

unsigned http_openapi(struct request *request, struct http_tools *tools)
{
    (void)tools;
    return http_send_page(request, "openapi.json");
}

unsigned http_docs(struct request *request, struct http_tools *tools)
{
    (void)tools;
    return http_send_page(request, "docs.html");
}
