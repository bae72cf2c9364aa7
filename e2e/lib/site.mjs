// A customer's web site, of another origin and under the strictest policy that the loader
// promises to work with: script-src and frame-src of OctIM's host, and nothing else.

import { createServer } from 'node:http';

const open = new Set();

/**
 * `tags`: how often the script tag stands on the page. `attributes`: more of them.
 * `body`: more of the page. `frames` can be set on the site: more origins that it may frame.
 */
export async function startSite({ host, key, tags = 1, attributes = '', body = '', title = '晨光书店' }) {
  const tag = `<script async src="${host}/octim.js?channel=${key}" data-channel="${key}" ${attributes}></script>`;
  const site = { requests: [], tag, host, frames: '' };
  const server = createServer((request, response) => {
    site.requests.push(request.url);
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src ${host}; frame-src ${host} ${site.frames}`,
    });
    response.end(`<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><body><h1>${title}</h1><p><a id="there" href="/there">there</a></p>${body}
${Array(tags).fill(site.tag).join('\n')}</body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  // Another site for the browser, not merely another port.
  site.url = `http://shop.localhost:${server.address().port}`;
  site.close = () => {
    open.delete(site);
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  open.add(site);
  return site;
}

export async function closeSites() {
  for (const site of [...open]) await site.close();
}
