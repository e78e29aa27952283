import { z } from 'zod';

export const PAUSE_REQUEST = z.object(
  { reason: z.string().trim().max(200).optional() },
  'Send JSON such as { "reason": "…" }, or {}.',
);
export type PauseRequest = z.infer<typeof PAUSE_REQUEST>;
