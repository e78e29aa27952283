import { StreamProducer } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { BROWSER, open } from './browser.js';
import { collisions, colorOf, faintTexts, pageWidth, smallTargets } from './in-page.mjs';
import { type SampleApp, startSample } from './sample-app.js';

const LOOKS = [375, 768, 1_440].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** Documents in each state, retries, a dead letter: a task that no handler takes, and a pause. */
async function busySample(): Promise<SampleApp> {
  const sample = await startSample({ FAIL_RATE: '0.6', SLOW_MS: '150' });
  for (let n = 1; n <= 12; n++) {
    await sample.post('/documents', {
      title: `Number ${n}, with a long title`,
      text: 'Streams keep tasks. Workers do.',
    });
  }
  await sample.app.get(StreamProducer).add('documents:embed', { documentId: 'nonsense' });
  await sample.post('/queues/ai:chat/pause', { reason: 'a new model' });
  return sample;
}

it.skipIf(!BROWSER)(
  'can be read and touched at each width, light and dark: contrast, sizes, nothing cut off or on top of another',
  { timeout: 120_000 },
  async () => {
    const sample = await busySample();
    const { page } = await open(sample.url);
    for (const { width, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.locator('#queues [data-kind=dead]').first().waitFor({ timeout: 20_000 });
      await page.locator('#queues [data-state=paused]').waitFor();
      await page.getByRole('article').first().waitFor();
      const where = `${width} px, ${colorScheme}`;
      expect.soft(await page.evaluate(faintTexts), where).toEqual([]);
      expect.soft(await page.evaluate(smallTargets), where).toEqual([]);
      expect.soft(await page.evaluate(collisions), where).toEqual([]);
      expect.soft(await page.evaluate(pageWidth), where).toBeLessThanOrEqual(width);
    }
  },
);

it.skipIf(!BROWSER)('gives retries and dead letters colours of their own', { timeout: 60_000 }, async () => {
  const sample = await startSample({ FAIL_RATE: '1' });
  const { page } = await open(sample.url);
  await sample.post('/documents', { title: 'Doomed', text: 'Nothing goes well.' });
  const colorIn = (selector: string) =>
    page.locator(selector).first().evaluate(colorOf, undefined, { timeout: 20_000 });

  const retrying = await colorIn('#queues [data-kind=retrying]');
  const dead = await colorIn('#queues [data-kind=dead]');
  const none = await colorIn('#queues [data-kind=none]');

  expect(new Set([retrying, dead, none]).size).toBe(3);
  await page
    .locator('#dead-letters')
    .getByText(/documents:extract.*after 5 runs:.*FAIL_RATE=1/)
    .waitFor();
  expect(await page.getByText('Each dead letter is kept').textContent()).toContain('{documents:extract}:dead');
});
