#ifndef READALIKE_DATA_TEXT_H
#define READALIKE_DATA_TEXT_H

/* All work in place on terminated UTF-8; what they make is never longer than what they were given.
 */

/* &amp; &#233; &#xE9; &eacute; and, as browsers do, &amp without its semicolon. */
void text_decode_entities(char *text);

/*
 * Undoes UTF-8 that was read as Latin-1 or Windows-1252 ("espÃ­ritus"), once, when the whole
 * text can only be that; otherwise leaves it alone.
 */
void text_repair_mojibake(char *text);

/* Both, then white space: none at the ends, one blank for each run. Returns `text`. */
char *text_clean(char *text);

#endif
