import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'
import { root } from './programs.ts'

/** A website of somebody: a plain page, and at `/sdk` one with the official SDK as its authors ship it, without a bundler. */
export type Site = { readonly origin: string; readonly stop: () => Promise<void> }

const modules = 'node_modules/'
const imports = {
  '@modelcontextprotocol/client': '@modelcontextprotocol/client/dist/index.mjs',
  '@modelcontextprotocol/client/_shims': '@modelcontextprotocol/client/dist/shimsBrowser.mjs',
  '@modelcontextprotocol/core/internal': '@modelcontextprotocol/core/dist/internal.mjs',
  'zod/v4': 'zod/v4/index.js',
  'pkce-challenge': 'pkce-challenge/dist/index.browser.js',
  eventsource: 'eventsource/dist/index.js',
  'eventsource-parser': 'eventsource-parser/dist/index.js',
  'eventsource-parser/stream': 'eventsource-parser/dist/stream.js',
}
const map = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, `/${modules}${path}`]))
const plain = `<!doctype html><meta charset="utf-8"><title>somebody's page</title><link rel="icon" href="data:,">`
/** With the SDK as `sdk`: it is there when the page has loaded. */
const withSdk = `${plain}
<script type="importmap">${JSON.stringify({ imports: map })}</script>
<script type="module">import * as sdk from '@modelcontextprotocol/client'; globalThis.sdk = sdk</script>`

export async function openSite(): Promise<Site> {
  const server = createServer(async (request, answer) => {
    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname).slice(1)
    if (path === '' || path === 'sdk')
      return answer.writeHead(200, { 'content-type': 'text/html' }).end(path ? withSdk : plain)
    const file = path.startsWith(modules) ? await readFile(join(root, path)).catch(() => null) : null
    if (file === null) return answer.writeHead(404).end()
    return answer.writeHead(200, { 'content-type': 'text/javascript' }).end(file)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server on a port has a port')
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { origin: `http://127.0.0.1:${address.port}`, stop }
}
