import { z } from 'zod';
import type { KeptRun } from '../tasks/run-state.js';

/** What has come in within an hour, and what has become of it. */
export interface Digest {
  readonly from: string;
  readonly upTo: string;
  readonly documents: number;
  readonly completed: number;
  readonly failed: number;
  /** What these documents are about, the most frequent first. */
  readonly keywords: readonly string[];
}

/** The result of a digest's task, as the queue keeps it. */
export interface KeptDigest extends KeptRun {
  readonly digest: Digest;
}

export const DIGEST_TASK = z.object({ upTo: z.iso.datetime() });
