import { readFile } from 'node:fs/promises'
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

const files = [
  { path: '/setup', file: './setup/page.html', type: 'text/html; charset=utf-8' },
  { path: '/setup/page.css', file: './setup/page.css', type: 'text/css; charset=utf-8' },
  { path: '/setup/page.js', file: './setup/page.js', type: 'text/javascript; charset=utf-8' },
] as const

/** The one page that there is without a dashboard: it turns the printed one-time link into the first token. */
export const setupPages = async (): Promise<PlainRoute[]> =>
  Promise.all(
    files.map(async ({ path, file, type }) => {
      const body = await readFile(new URL(file, import.meta.url), 'utf8')
      const headers = { 'content-type': type, 'content-security-policy': pagePolicy }
      return { path, answer: () => ({ status: 200, headers, body, actor: null }) }
    }),
  )
