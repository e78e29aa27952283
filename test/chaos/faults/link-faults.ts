import { setTimeout as wait } from 'node:timers/promises';
import type { HalfOpenLink } from '../half-open-link.js';

export function breakHalf(link: HalfOpenLink): void {
  link.resetClients();
}

export async function darken(link: HalfOpenLink, durationMs: number): Promise<void> {
  link.goDark();
  await wait(durationMs);
  link.goLight();
}
