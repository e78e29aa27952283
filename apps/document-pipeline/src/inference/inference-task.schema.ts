import { z } from 'zod';

const WHAT = 'Send JSON such as { "prompt": "…" }, with model and user_id if you like.';

/** What a client sends. */
export const INFERENCE_REQUEST = z.object(
  {
    prompt: z.string().trim().min(1, 'must not be empty').max(100_000),
    model: z.string().trim().min(1).max(200).optional(),
    user_id: z.string().min(1).max(200).optional(),
  },
  WHAT,
);
export type InferenceRequest = z.infer<typeof INFERENCE_REQUEST>;

/** What is in the stream, where producers of other languages add too. */
export const INFERENCE_TASK = z.looseObject({
  prompt: z.string().trim().min(1),
  model: z.string().optional(),
  user_id: z.string().optional(),
  requested_at: z.string().optional(),
});
