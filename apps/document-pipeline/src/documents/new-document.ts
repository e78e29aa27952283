import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import type { NewDocument } from '../streams.js';
import { decodeText } from './decode-text.js';

const WHAT =
  'Send JSON such as { "title": "…", "text": "…" }, or a multipart form with a text file in its field "file".';
const LONGEST_TITLE = 200;

/** The fields of either form; which of them are needed depends on whether a file came along. */
export const DOCUMENT_FIELDS = z.object(
  {
    title: z.string().trim().min(1, 'must not be empty').max(LONGEST_TITLE).optional(),
    text: z.string().regex(/\S/, 'must not be blank').optional(),
  },
  WHAT,
);
export type DocumentFields = z.infer<typeof DOCUMENT_FIELDS>;

export interface UploadedText {
  readonly originalname: string;
  readonly buffer: Buffer;
}

/** @throws BadRequestException that says what is missing, or why the file is no text */
export function newDocument({ title, text }: DocumentFields, file: UploadedText | undefined): NewDocument {
  if (file) {
    if (text !== undefined) throw new BadRequestException('Send either a file or a text, not both.');
    return { title: title ?? titleOf(file), text: textOf(file) };
  }
  if (text === undefined) throw new BadRequestException(`The text is missing. ${WHAT}`);
  if (title === undefined) throw new BadRequestException(`The title is missing. ${WHAT}`);
  return { title, text };
}

function textOf(file: UploadedText): string {
  const text = decodeText(file.buffer);
  if (text === undefined) {
    throw new BadRequestException(
      `'${titleOf(file)}' is no plain text in UTF-8 (or UTF-16 with a byte order mark). Convert it, then send it again.`,
    );
  }
  if (!/\S/.test(text)) throw new BadRequestException(`'${titleOf(file)}' is empty.`);
  return text;
}

/** Only the last part: some clients send a whole path. */
function titleOf({ originalname }: UploadedText): string {
  return originalname.split(/[/\\]/).pop()!.trim().slice(0, LONGEST_TITLE) || 'Untitled';
}
