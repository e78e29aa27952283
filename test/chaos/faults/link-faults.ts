import { setTimeout as wait } from 'node:timers/promises';
import type { HalfOpenProxy } from '../half-open-proxy.js';

export function breakHalf(proxy: HalfOpenProxy): void {
  proxy.resetClients();
}

export async function darken(proxy: HalfOpenProxy, durationMs: number): Promise<void> {
  proxy.goDark();
  await wait(durationMs);
  proxy.goLight();
}
