import { readFile } from 'node:fs/promises'
import type { PlainRoute } from './app.ts'
import { type AddressSettings, addressOf } from './gateway-addresses.ts'

/** Own files only, nothing inline, nobody may frame it: the page shows a secret. */
const pageRules = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]
const pagePolicy = pageRules.join('; ')
/** The secret of an authenticator is shown as a picture that no address has. */
const accountPolicy = [...pageRules, 'img-src data:'].join('; ')

const html = 'text/html; charset=utf-8'
const css = 'text/css; charset=utf-8'
const js = 'text/javascript; charset=utf-8'
const setupFiles = [
  { path: '/setup', file: './setup/page.html', type: html },
  { path: '/setup/page.css', file: './setup/page.css', type: css },
  { path: '/setup/page.js', file: './setup/page.js', type: js },
] as const
/** In the style of the page before. */
const claimFiles = [
  { path: '/claim', file: './claim/page.html', type: html },
  { path: '/claim/page.css', file: './claim/page.css', type: css },
  { path: '/claim/page.js', file: './claim/page.js', type: js },
] as const
const signInFiles = [
  { path: '/sign-in', file: './sign-in/page.html', type: html },
  { path: '/sign-in/page.css', file: './sign-in/page.css', type: css },
  { path: '/sign-in/page.js', file: './sign-in/page.js', type: js },
  { path: '/sign-in/browser.js', file: './sign-in/browser.js', type: js },
  { path: '/invitation', file: './sign-in/invitation.html', type: html },
  { path: '/sign-in/invitation.js', file: './sign-in/invitation.js', type: js },
  { path: '/reset', file: './sign-in/reset.html', type: html },
  { path: '/sign-in/reset.js', file: './sign-in/reset.js', type: js },
  { path: '/account', file: './account/page.html', type: html, policy: accountPolicy },
  { path: '/account/page.js', file: './account/page.js', type: js },
  { path: '/account/second-factor.js', file: './account/second-factor.js', type: js },
] as const
type PageFile = { readonly path: string; readonly file: string; readonly type: string; readonly policy?: string }

const pageRoute = (path: string, type: string, body: string, policy = pagePolicy): PlainRoute => {
  const headers = { 'content-type': type, 'content-security-policy': policy }
  return { path, answer: () => ({ status: 200, headers, body, actor: null }) }
}

const textOf = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8')

const pagesOf = (files: readonly PageFile[]): Promise<PlainRoute[]> =>
  Promise.all(files.map(async ({ path, file, type, policy }) => pageRoute(path, type, await textOf(file), policy)))

/** It turns the link that the first start prints into the first management token. */
export const setupPages = (): Promise<PlainRoute[]> => pagesOf(setupFiles)
/** It turns the link to a key that somebody else made or rotated into its secret, for the owner. */
export const claimPages = (): Promise<PlainRoute[]> => pagesOf(claimFiles)
/** On which people come in, by whatever way, and see after their own account. */
export const signInPages = (): Promise<PlainRoute[]> => pagesOf(signInFiles)

/** For people who open the address of control: what this is, and where what they look for is. Nothing here is secret. */
export const frontPage = async (gateway: AddressSettings | null): Promise<PlainRoute> => {
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

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
