import { z } from 'zod';

/** Checked although our own code adds these tasks: anyone who reaches Redis can. A refused one goes to the dead letter. */
export const STAGE_TASK = z.object({ documentId: z.uuid() });
