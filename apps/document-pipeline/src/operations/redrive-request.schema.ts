import { z } from 'zod';
import { QUEUES } from '../streams.js';

const WHAT = 'Send JSON such as { "stream": "documents:embed" }, with ids of dead letters where you mean some of them.';

/** Which dead letters are to be tasks again: those named, or all of the stream. */
export const REDRIVE_REQUEST = z.strictObject(
  {
    stream: z.enum(QUEUES),
    ids: z
      .array(z.string().regex(/^\d{1,20}-\d{1,20}$/, 'must be ids'))
      .min(1)
      .max(1_000)
      .optional(),
  },
  WHAT,
);
export type RedriveRequest = z.infer<typeof REDRIVE_REQUEST>;
