export const STREAM = 'chaos:tasks';
/** Tasks that write while they run, in the same slot. */
export const CHATS = `{${STREAM}}:chats`;
export const STREAMS = [STREAM, CHATS] as const;
export const GROUP = 'workers';
