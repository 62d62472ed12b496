// What a reader does with the site, done by a browser. The one argument is a folder
// with the sites site, hostile and large; pictures go there too.
'use strict';
const { chromium } = require('playwright-core');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const axe = fs.readFileSync(require.resolve('axe-core'), 'utf8');

const work = path.resolve(process.argv[2]);
const at = (name) => pathToFileURL(path.join(work, name)).href;
let failed = 0, passed = 0;
const check = (what, ok, seen) => {
  if (ok) { passed++; return; }
  failed++;
  console.log(`FAIL ${what}${seen === undefined ? '' : ': ' + JSON.stringify(seen).slice(0, 500)}`);
};

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const open = async (options = {}) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.asked = [];
    page.errors = [];
    page.on('request', (r) => { if (!/^(file|data):/.test(r.url())) page.asked.push(r.url()); });
    page.on('pageerror', (e) => page.errors.push(e.message));
    page.on('dialog', (d) => { page.errors.push('dialog ' + d.message()); d.dismiss(); });
    return page;
  };

  // Search: words, an error text, an earlier id; the address keeps it.
  let page = await open();
  await page.goto(at('site/index.html'));
  const shown = () => page.$$eval('li[data-id]:not([hidden])', (all) => all.map((e) => e.dataset.id));
  await page.fill('#words', "cannot pickle 'textiowrapper'");
  check('an error text finds the story', (await shown()).includes('boundary.story.testcase'), await shown());
  await page.fill('#words', 'exec.err.etxtbsy');
  check('an earlier id finds its behaviour', (await shown()).join() === 'exec.error.etxtbsy', await shown());
  check('the status says how many', /^1 of \d+ behaviours$/.test(await page.textContent('#found')));
  const kept = page.url();
  await page.goto(at('site/compare.html'));
  await page.goto(kept);
  check('the address keeps the search', (await shown()).join() === 'exec.error.etxtbsy', await shown());
  await page.fill('#words', 'no such words anywhere');
  check('nothing is found', (await shown()).length === 0);

  // Deep links and earlier ids.
  await page.goto(at('site/b/bnd.story.testcase.html'));
  await page.waitForURL(/boundary\.story\.testcase\.html/, { waitUntil: 'load' });
  check('an earlier id leads on', (await page.textContent('h1')).includes('unittest.TestCase'));
  check('the page has recorded answers', (await page.textContent('main')).includes('cannot pickle'));

  // Keyboard alone: from the top of the page to a behaviour.
  await page.goto(at('site/index.html'));
  await page.keyboard.press('Tab');
  check('the first stop skips to the content', await page.evaluate(() => document.activeElement.className) === 'skip');
  for (let i = 0; i < 10 && await page.evaluate(() => document.activeElement.id) !== 'words'; i++) await page.keyboard.press('Tab');
  await page.keyboard.type('etxtbsy-for-writer');
  await page.keyboard.press('Enter');
  await page.waitForURL(/b\/exec\.error\.etxtbsy-for-writer\.html/, { waitUntil: 'load' });

  // The table of an area: columns, rows that are equal.
  await page.goto(at('site/t/boundary.html'));
  const heads = () => page.$$eval('.matrix thead th', (all) => all.map((e) => e.textContent));
  const before = await heads();
  check('a table has at most eight columns', before.length === 9, before);
  await page.click('[data-columns] summary');
  const first = page.locator('[data-columns] input').first();
  check('a ninth cannot be chosen', await first.isDisabled());
  await page.locator('[data-columns] input:checked').first().uncheck();
  await first.check();
  const after = await heads();
  check('another column is chosen', after.length === 9 && after[1] !== before[1], after);
  const rows = await page.$$eval('tr[data-id]', (all) => all.length);
  await page.check('#fold');
  const left = await page.$$eval('tr[data-id]:not([hidden])', (all) => all.length);
  check('equal rows are folded', left > 0 && left < rows, [left, rows]);

  // Any pair.
  await page.goto(at('site/compare.html'));
  await page.selectOption('#before', 'cpython-3.13');
  await page.selectOption('#after', 'cpython-3.14');
  await page.click('[data-compare] button');
  await page.waitForFunction(() => /differ/.test(document.getElementById('compared').textContent));
  check('a pair is compared', (await page.textContent('#differences')).includes('boundary.story.testcase @ cpython/default'));

  // Print: nothing is left that only a screen can do.
  await page.emulateMedia({ media: 'print' });
  check('a form is not printed', !(await page.isVisible('[data-compare]')));
  check('nothing is asked of a network', page.asked.length === 0, page.asked);
  check('no script fails', page.errors.length === 0, page.errors);

  // Without a script everything is there but the search.
  page = await open({ javaScriptEnabled: false });
  await page.goto(at('site/index.html'));
  check('without a script every behaviour is listed', (await page.$$('li[data-id]')).length > 400);
  await page.goto(at('site/t/exec.html'));
  check('without a script a table is there', (await page.$$('.matrix tbody tr')).length > 20);

  // Accessibility and pictures, in both themes, narrow and wide.
  const kinds = ['index', 'platforms', 'compare', 'b/boundary.story.testcase', 'b/exec.error.etxtbsy', 't/boundary', 't/exec', 'p/gvisor',
    'c/cpython-3.13..cpython-3.14'];
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [390, 1280]) {
      page = await open({ colorScheme, viewport: { width, height: 900 } });
      for (const kind of kinds) {
        await page.goto(at(`site/${kind}.html`));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(`${kind} fits ${width} pixels`, wide <= 0, wide);
        await page.screenshot({ path: path.join(work, `${kind.replaceAll('/', '_')}-${colorScheme}-${width}.png`) });
        if (width === 1280 || colorScheme === 'light') {
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => window.axe.run());
          const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
          check(`axe finds nothing serious on ${kind}, ${colorScheme}, ${width}`, serious.length === 0,
            serious.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 100)]));
        }
      }
    }
  }

  // Recordings that try to be markup.
  page = await open();
  for (const kind of ['index', 'platforms', 'p/other', 'b/pipe.eof.n0', 'b/pipe.eof.n5', 'c/linux..other', 't/pipe']) {
    await page.goto(at(`hostile/${kind}.html`)).catch(() => check(`hostile/${kind} is there`, kind.startsWith('c/')));
    check(`hostile/${kind} has nothing injected`, (await page.title()) !== 'injected' && (await page.$$('img')).length === 0);
  }
  await page.goto(at('hostile/compare.html'));
  await page.selectOption('#after', 'other');
  await page.click('[data-compare] button');
  await page.waitForFunction(() => document.getElementById('compared').textContent !== '', undefined, { timeout: 60000 });
  check('a hostile pair has nothing injected', (await page.title()) !== 'injected' && (await page.$$('img')).length === 0);
  check('hostile scripts do not run', page.errors.length === 0, page.errors);

  // Large: a filter answers at once.
  await page.goto(at('large/index.html'));
  const took = await page.evaluate(() => {
    const input = document.getElementById('words');
    let most = 0;
    for (const words of ['n', 'number 7', 'area03', '', 'nothing']) {
      const began = performance.now();
      input.value = words;
      input.dispatchEvent(new Event('input'));
      document.body.offsetHeight; // laid out
      most = Math.max(most, performance.now() - began);
    }
    return most;
  });
  console.log(`filter of 900 behaviours: ${took.toFixed(0)} ms`);
  check('a filter takes less than 100 ms on a quiet machine', took < 500, took);
  await page.goto(at('large/t/area00.html'));
  check('a large table is there', (await page.$$('.matrix tbody tr')).length === 45);

  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
})().catch((error) => { console.error(error); process.exit(1); });
