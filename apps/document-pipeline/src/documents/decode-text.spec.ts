import { expect, it } from 'vitest';
import { decodeText } from './decode-text.js';

it('reads UTF-8 and UTF-16, without their byte order marks', () => {
  expect(decodeText(Buffer.from('Grüße\n'))).toBe('Grüße\n');
  expect(decodeText(Buffer.from('\ufeffGrüße'))).toBe('Grüße');
  expect(decodeText(Buffer.from('\ufeffGrüße', 'utf16le'))).toBe('Grüße');
  expect(decodeText(Buffer.from('\ufeffGrüße', 'utf16le').swap16())).toBe('Grüße');
});

it.each([
  ['bytes that are no UTF-8', Buffer.from([0x47, 0x72, 0xfc, 0xdf])],
  ['a zero byte', Buffer.from('PK\u0003\u0004\u0000')],
  ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
])('refuses %s', (_, bytes) => {
  expect(decodeText(bytes)).toBeUndefined();
});
