import { readFile } from 'node:fs/promises'
import type { Listener } from '../config.ts'
import type { PlainRoute } from './app.ts'

/** Own files only, nothing inline, nobody may frame it: the page shows a secret. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const html = 'text/html; charset=utf-8'
const files = [
  { path: '/setup', file: './setup/page.html', type: html },
  { path: '/setup/page.css', file: './setup/page.css', type: 'text/css; charset=utf-8' },
  { path: '/setup/page.js', file: './setup/page.js', type: 'text/javascript; charset=utf-8' },
] as const

const pageRoute = (path: string, type: string, body: string): PlainRoute => {
  const headers = { 'content-type': type, 'content-security-policy': pagePolicy }
  return { path, answer: () => ({ status: 200, headers, body, actor: null }) }
}

const textOf = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8')

/** The one page with a task that there is without a dashboard: it turns the printed one-time link into the first token. */
export const setupPages = async (): Promise<PlainRoute[]> =>
  Promise.all(files.map(async ({ path, file, type }) => pageRoute(path, type, await textOf(file))))

/** For people who open the address of control: what this is, and where what they look for is. Nothing here is secret. */
export const frontPage = async (gateway: GatewayAddress | null): Promise<PlainRoute> => {
  const address = gateway && addressOf(gateway)
  const place = address
    ? `<p>AI clients call it with a key, and the name of a server in the address:</p>
      <pre class="address">${escaped(address)}/mcp-connect/{server}</pre>`
    : '<p>AI clients call a gateway, with a key; <code>npm run -s ostiary -- gateways list</code> names them.</p>'
  const page = await textOf('./front/page.html')
  return pageRoute(
    '/',
    html,
    page.replace('{{gateway}}', () => place),
  )
}

type GatewayAddress = Pick<Listener, 'host' | 'port' | 'publicUrl' | 'tls'>

/** What clients use; null where the settings do not tell, as with every address of the machine or any free port. */
function addressOf({ host, port, publicUrl, tls }: GatewayAddress): string | null {
  if (publicUrl !== null) return publicUrl.replace(/\/$/, '')
  if (port === 0 || host === '0.0.0.0' || host === '::') return null
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
