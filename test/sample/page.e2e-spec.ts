import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ownRedis } from '../support/own-redis.js';
import { BROWSER, open } from './browser.js';
import { focused, pageWidth, pretendHidden } from './in-page.mjs';
import { startSample } from './sample-app.js';

const TEXT = 'Streams keep tasks. Workers do the tasks. The tasks are done.';

it.skipIf(!BROWSER)(
  'shows a pasted document on its way through the stages, and its results',
  { timeout: 60_000 },
  async () => {
    const sample = await startSample({ SLOW_MS: '300' });
    const { page, problems } = await open(sample.url);
    await page.getByLabel('Title').fill('<b>Bold</b> claims');
    await page
      .getByLabel('Text')
      .fill('Streams keep tasks. <script>alert(1)</script> Workers do the tasks. The tasks are done.');

    await page.getByRole('button', { name: 'Process' }).click();

    const card = page.getByRole('article', { name: '<b>Bold</b> claims' });
    await card.getByText('In progress', { exact: true }).waitFor();
    await card.getByText('Completed', { exact: true }).waitFor({ timeout: 20_000 });
    expect(await card.locator('.stages li[data-status=completed]').count()).toBe(4);
    expect(await card.locator('.stages li').last().getAttribute('title')).toMatch(/^Task \d+-\d+, ran after \d/);
    expect(await card.locator('.chips li').allTextContents()).toContain('tasks');
    expect(await card.locator('.facts').textContent()).toContain('English');
    expect(await card.locator('.summary').textContent()).toContain('Workers do the tasks.');
    await card.getByRole('img').waitFor();
    await page.getByRole('status').getByText('Healthy').waitFor();
    expect(await page.locator('#queues [data-stream]').count()).toBe(7);
    await page.getByRole('button', { name: 'Make one now' }).click();
    await page.getByText(/1 document, 1 completed, 0 failed. About .*tasks/).waitFor();
    expect(problems).toEqual([]);

    await page.reload();
    await page.getByRole('article', { name: '<b>Bold</b> claims' }).getByText('Completed', { exact: true }).waitFor();
  },
);

it.skipIf(!BROWSER)('takes a file, and says why it refuses one', { timeout: 60_000 }, async () => {
  const sample = await startSample();
  const { page } = await open(sample.url);
  const file = page.locator('input[type=file]');

  await file.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('A note. Another note.') });
  await page.getByRole('article', { name: 'notes.txt' }).getByText('Completed', { exact: true }).waitFor();

  await file.setInputFiles({ name: 'image.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0, 0, 1]) });
  await page.getByRole('alert').getByText("'image.png' is no plain text").waitFor();
});

it.skipIf(!BROWSER)(
  'shows twelve documents at once on their way, and goes on answering',
  { timeout: 60_000 },
  async () => {
    const sample = await startSample({ SLOW_MS: '700' });
    const { page, problems } = await open(sample.url);

    for (let n = 1; n <= 12; n++) {
      await page.getByLabel('Title').fill(`Number ${n}`);
      await page.getByLabel('Text').fill(TEXT);
      await page.getByRole('button', { name: 'Process' }).click();
      await page.getByRole('article', { name: `Number ${n}`, exact: true }).waitFor({ timeout: 5_000 });
    }

    await page.locator('#documents .badge[data-status=processing]').first().waitFor();
    await eventually(
      async () => (await page.locator('#documents .badge[data-status=completed]').count()) === 12,
      40_000,
    );
    expect(problems).toEqual([]);
  },
);

it.skipIf(!BROWSER)('shows documents that were added elsewhere, the newest first', { timeout: 60_000 }, async () => {
  const sample = await startSample();
  const { page } = await open(sample.url);
  await page.getByText('Nothing here yet').waitFor();

  for (const title of ['First', 'Second']) await sample.post('/documents', { title, text: TEXT });

  await page.getByRole('article', { name: 'Second' }).getByText('Completed', { exact: true }).waitFor();
  await page.getByRole('article', { name: 'First' }).getByText('Completed', { exact: true }).waitFor();
  expect(await page.locator('#documents h3').allTextContents()).toEqual(['Second', 'First']);
});

it.skipIf(!BROWSER)(
  'follows over one connection, none while it is hidden, and shows the current state at once when it is shown again',
  { timeout: 60_000 },
  async () => {
    const sample = await startSample();
    const { page } = await open(sample.url);
    await page.getByText('Nothing here yet').waitFor();
    const followed: string[] = [];
    page.on('request', (request) => request.url().endsWith('/events') && followed.push(request.url()));
    await page.reload();
    await page.getByText('Nothing here yet').waitFor();
    const closed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/events'));

    await page.evaluate(pretendHidden, true);
    await closed;
    const { body } = await sample.post('/documents', { title: 'Meanwhile', text: TEXT });
    await sample.finished(body.id);
    expect(await page.getByRole('article').count()).toBe(0);

    await page.evaluate(pretendHidden, false);
    await page.getByRole('article', { name: 'Meanwhile' }).getByText('Completed', { exact: true }).waitFor();
    expect(followed).toEqual([`${sample.url}/documents/events`, `${sample.url}/documents/events`]);
  },
);

it.skipIf(!BROWSER)('brings a document that was added on a phone into view', { timeout: 60_000 }, async () => {
  const sample = await startSample({ SLOW_MS: '500' });
  const { page } = await open(sample.url, { width: 375 });
  await page.getByLabel('Text').fill(TEXT);

  await page.getByRole('button', { name: 'Process' }).click();

  await eventually(async () => {
    const box = await page.getByRole('article').boundingBox();
    return box && box.y >= 0 && box.y + 100 < 812;
  });
  expect(await page.locator('#announcements').textContent()).toMatch(/^Streams keep tasks.*: queued$/);
});

it.skipIf(!BROWSER)(
  'pauses a queue and lets it go on, on a phone and by keyboard: who has, since when, and who works',
  { timeout: 60_000 },
  async () => {
    const sample = await startSample();
    const { page, problems } = await open(sample.url, { width: 375 });
    const stream = 'ai:inference:queue';
    const queue = page.locator(`[data-stream="${stream}"] + tr`);
    page.on('dialog', (dialog) => void dialog.accept('a new model'));

    await page.getByRole('button', { name: `Pause ${stream}` }).focus();
    await page.keyboard.press('Enter');
    await queue.getByText(/Paused by the page until it is resumed: a new model\. Since \d/).waitFor();
    const { body } = await sample.post('/inference', { prompt: 'What waits?' });
    await queue.getByText(/a new model \(1 waiting/).waitFor();
    expect((await sample.get(`/inference/${body.id}`)).body.status).toBe('queued');
    expect(await page.evaluate(pageWidth)).toBeLessThanOrEqual(375);

    // What is shown anew meanwhile takes no focus away.
    expect(await page.evaluate(focused)).toBe(`Resume ${stream}`);
    await page.keyboard.press('Enter');
    await queue.getByText(/Nothing to do/).waitFor();
    expect((await sample.get(`/inference/${body.id}`)).body.status).toBe('completed');
    await page.locator('#workers').getByText(`Process ${process.pid}`).waitFor();
    expect(problems).toEqual([]);
  },
);

it.skipIf(!BROWSER)('says that Redis is away, and why', { timeout: 60_000 }, async () => {
  const redis = await ownRedis();
  const sample = await startSample({ REDIS_URL: redis.url });
  const { page } = await open(sample.url);
  await page.getByText('Healthy').waitFor();
  expect(await page.locator('#trouble').isVisible()).toBe(false);

  await redis.kill();

  await page
    .locator('#trouble')
    .getByText(/ECONNREFUSED|closed/)
    .waitFor({ timeout: 20_000 });
  await page.getByText('The queues cannot be asked').waitFor({ timeout: 20_000 });
  await redis.restart();
  await page.getByText('Healthy').waitFor({ timeout: 30_000 });
});
