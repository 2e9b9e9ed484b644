/* A message as a CloudEvent (1.0, JSON, structured mode): for endpoints of the format "cloudevents". */
#ifndef JIEBANG_ENGINE_CLOUDEVENT_H
#define JIEBANG_ENGINE_CLOUDEVENT_H

#include "jiebang/buf.h"
#include "store/claim.h"
#include "store/instance.h"

/* What stands in `body` becomes such an event; an event stays what it is. */
void cloudevent_wrap(const struct instance *instance, const struct message_context *context,
		     struct buf *body);

#endif
