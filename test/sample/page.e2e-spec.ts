import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startSample } from './sample-app.js';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const BROWSER = findBrowser();
if (!BROWSER) console.warn(`The page is not tested: none of ${PROGRAMS.join(', ')} is on PATH.`);

function findBrowser(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function open(url: string): Promise<{ page: Page; problems: string[] }> {
  const profile = await mkdtemp(join(tmpdir(), 'sample-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
  onTestFinished(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

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
    expect(await card.locator('.chips li').allTextContents()).toContain('tasks');
    expect(await card.locator('.facts').textContent()).toContain('English');
    expect(await card.locator('.summary').textContent()).toContain('Workers do the tasks.');
    await card.getByRole('img').waitFor();
    await page.getByRole('status').getByText('Healthy').waitFor();
    expect(await page.locator('#queues li').count()).toBe(5);
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
