import { expect, it } from 'vitest';
import { BROWSER, open } from './browser.js';
import { collisions, faintTexts, pageWidth, smallTargets } from './in-page.mjs';
import { startSample, workersAt } from './sample-app.js';

it.skipIf(!BROWSER)(
  'shows an answer as it comes, goes on after a reload in mid-stream, and stops it',
  { timeout: 60_000 },
  async () => {
    const sample = await startSample({ CHAT_WORD_MS: '45' });
    const { page, problems } = await open(sample.url);
    await page.getByRole('link', { name: 'Chat' }).click();
    const answers = page.locator('.message[data-role=assistant]');
    await page.getByLabel('Message').fill('<b>Who</b> is it?');
    await page.getByRole('button', { name: 'Send' }).click();
    await answers.getByText('You wrote: “<b>Who</b>').waitFor();
    await page.getByText(/^Process \d+ answers\.$/).waitFor();

    await page.reload();

    await page.getByText('<b>Who</b> is it?', { exact: true }).waitFor();
    await answers.getByText('set OPENAI_BASE_URL.').waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await page.reload();
    expect(await page.locator('.message').count()).toBe(2);

    await page.getByLabel('Message').fill('And now?');
    await page.keyboard.press('Enter');
    await answers.nth(1).getByText('“And now?”').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();

    await page.getByText('Stopped.').waitFor();
    expect((await answers.nth(1).textContent())!.length).toBeLessThan(600);
    expect(await workersAt(sample)).toMatchObject([{ holds: 0 }]);
    expect(problems).toEqual([]);

    for (const [width, colorScheme] of [
      [375, 'dark'],
      [1_440, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const found = [faintTexts, smallTargets, collisions].map((check) => page.evaluate(check));
      expect.soft((await Promise.all(found)).flat(), `${width} px, ${colorScheme}`).toEqual([]);
      expect.soft(await page.evaluate(pageWidth)).toBeLessThanOrEqual(width);
    }
  },
);
