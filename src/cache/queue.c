/* The bounded ring between those who put and the thread that writes to Redis. */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

struct queue_item *queue_item_create(const char *prefix, const void *key, size_t key_n,
                                     const void *value, size_t value_n)
{
    size_t prefix_n = strlen(prefix);
    struct queue_item *item = malloc(sizeof *item + prefix_n + key_n + value_n);
    if (!item)
        return NULL;
    item->key_n = prefix_n + key_n;
    item->value_n = value_n;
    memcpy(item->bytes, prefix, prefix_n);
    memcpy(item->bytes + prefix_n, key, key_n);
    memcpy(item->bytes + prefix_n + key_n, value, value_n);
    return item;
}

bool queue_push(struct queue *queue, struct queue_item *item)
{
    size_t cost = item->key_n + item->value_n;
    if (queue->n == QUEUE_ITEMS_MAX || cost > QUEUE_BYTES_MAX - queue->bytes)
        return false;
    queue->items[(queue->first + queue->n++) % QUEUE_ITEMS_MAX] = item;
    queue->bytes += cost;
    return true;
}

struct queue_item *queue_pop(struct queue *queue)
{
    if (queue->n == 0)
        return NULL;
    struct queue_item *item = queue->items[queue->first];
    queue->first = (queue->first + 1) % QUEUE_ITEMS_MAX;
    queue->n--;
    queue->bytes -= item->key_n + item->value_n;
    return item;
}

size_t queue_clear(struct queue *queue)
{
    size_t n = 0;
    for (struct queue_item *item; (item = queue_pop(queue)) != NULL; n++)
        free(item);
    return n;
}
