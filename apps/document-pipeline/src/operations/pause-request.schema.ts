import { z } from 'zod';

/** Nothing at all is a request, too. */
export const PAUSE_REQUEST = z
  .strictObject({ reason: z.string().trim().max(200).optional() }, 'Send JSON such as { "reason": "…" }, or nothing.')
  .default({});
export type PauseRequest = z.infer<typeof PAUSE_REQUEST>;
