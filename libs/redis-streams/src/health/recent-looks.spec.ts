import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../test/support/engine.js';
import type { StreamLook } from '../model/ports/queries.js';
import { RecentLooks } from './recent-looks.js';

useFakeTime();

/** Looks at a stream with so long a backlog. */
function looksAt(backlog: number) {
  const look = vi.fn(async () => ({ groups: [{ backlog: { count: backlog } }] }) as unknown as StreamLook);
  const looks = new RecentLooks({ look });
  return { look, ask: () => looks.at('s') };
}

describe('a look at a stream', () => {
  it.each([
    [10, 1_000],
    [100_000, 5_000],
  ])('with a backlog of %i is kept for %i ms', async (backlog, keptMs) => {
    const { look, ask } = looksAt(backlog);
    const first = await ask();
    await pass(keptMs - 1);
    expect(await ask()).toBe(first);
    await pass(1);
    expect(await ask()).not.toBe(first);
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is shared while it is under way, however long that takes', async () => {
    let answer!: (look: StreamLook) => void;
    const look = vi.fn(() => new Promise<StreamLook>((resolve) => (answer = resolve)));
    const looks = new RecentLooks({ look });
    const first = looks.at('s');
    await pass(60_000);
    expect(looks.at('s')).toBe(first);
    answer({ groups: [] } as unknown as StreamLook);
    await first;
    expect(look).toHaveBeenCalledTimes(1);
  });

  it('that failed is not asked for again at once, either', async () => {
    const look = vi.fn(() => Promise.reject(new Error('NOPERM')));
    const looks = new RecentLooks({ look });
    await expect(looks.at('s')).rejects.toThrow('NOPERM');
    await expect(looks.at('s')).rejects.toThrow('NOPERM');
    expect(look).toHaveBeenCalledTimes(1);
    await pass(1_000);
    await expect(looks.at('s')).rejects.toThrow('NOPERM');
    expect(look).toHaveBeenCalledTimes(2);
  });
});
