/** A text to try the pipeline with. */
export const SAMPLE = {
  title: 'Why task queues',
  text: `An application that calls language models spends most of its time waiting. A summary takes seconds, a long transcript takes minutes, and a batch of embeddings may take hours. A web server that holds a request open for so long wastes connections, and when it restarts, the work in its memory is lost.

A task queue separates accepting work from doing it. The server writes the task down, answers at once with its id, and a worker picks the task up when it has room. When there is more work than workers can do, the queue grows instead of the response times, and more workers can be started until the queue is empty again.

Redis Streams are a good foundation for a task queue. A stream is an append-only log of entries, and a consumer group hands each entry to one worker. An entry that was handed out stays in the group's pending list until the worker acknowledges it. If the worker crashes, the entry is still there, and another worker can claim it.

That makes the queue reliable, but not exactly once. A worker may crash after it has done its work and before it has acknowledged the entry, and then the task runs again. Good workers write their results under the id of the task, so that a second run changes nothing.

Failures are normal in such a system. A model may be overloaded, a network may be slow, a document may be broken. A failed task waits for a while and is tried again, each time a little later. A task that fails again and again goes to the dead letter stream, where people can look at it, instead of blocking the queue for ever.`,
};
