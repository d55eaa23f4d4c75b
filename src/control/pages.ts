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
] as const
type PageFile = { readonly path: string; readonly file: string; readonly type: string }

const pageRoute = (path: string, type: string, body: string): PlainRoute => {
  const headers = { 'content-type': type, 'content-security-policy': pagePolicy }
  return { path, answer: () => ({ status: 200, headers, body, actor: null }) }
}

const textOf = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8')

const pagesOf = (files: readonly PageFile[]): Promise<PlainRoute[]> =>
  Promise.all(files.map(async ({ path, file, type }) => pageRoute(path, type, await textOf(file))))

/** It turns the link that the first start prints into the first management token. */
export const setupPages = (): Promise<PlainRoute[]> => pagesOf(setupFiles)
/** It turns the link to a key that somebody else made or rotated into its secret, for the owner. */
export const claimPages = (): Promise<PlainRoute[]> => pagesOf(claimFiles)
/** On which people come in, by whatever way. */
export const signInPages = (): Promise<PlainRoute[]> => pagesOf(signInFiles)
