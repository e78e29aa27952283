/** The largest request body and file: 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;
