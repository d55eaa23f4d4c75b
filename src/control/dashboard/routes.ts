import { refuse } from '../../problems.ts'
import type { PlainRoute } from '../app.ts'
import { type Answer, problemAnswer } from '../call.ts'
import { type Built, type BuiltFile, readBuilt } from './files.ts'

type Deps = {
  /** Where the build put it. */
  readonly folder: string
  readonly randomBytes: (size: number) => Uint8Array
}

/**
 * Scripts and styles of its own only, nobody may frame it, nothing leaves for another origin. `<style>` elements that
 * the components write carry the nonce of this one page.
 */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const home = '/dashboard/'

/** The dashboard: one page for every address below `/dashboard/`, and the files that it is made of. */
export async function dashboardRoutes({ folder, randomBytes }: Deps): Promise<PlainRoute[]> {
  const built = await readBuilt(folder)
  const answer = built === null ? () => notBuilt : pageOf(built, randomBytes)
  const toHome = { path: '/', answer: () => moved(home) }
  return [
    toHome,
    { path: '/dashboard', answer: () => moved(home) },
    // A page of its own before there was a dashboard: letters and bookmarks lead there.
    { path: '/account', answer: () => moved(`${home}account`) },
    {
      path: '/dashboard/assets/:name',
      answer: ({ params, stream, requestId }) =>
        fileOf(built, String(nameIn(params)), stream.headers['accept-encoding'] ?? '') ??
        problemAnswer(refuse('not_found').problem, requestId),
    },
    { path: '/dashboard/*', answer },
  ]
}

const nameIn = (params: unknown): unknown =>
  typeof params === 'object' && params !== null && 'name' in params ? params.name : ''

const moved = (location: string): Answer => ({ status: 302, headers: { location }, body: '', actor: null })

const pageOf =
  ({ page }: Built, randomBytes: Deps['randomBytes']) =>
  (): Answer => {
    const nonce = Buffer.from(randomBytes(18)).toString('base64url')
    return html(200, page.replaceAll('{{nonce}}', nonce), policyOf(nonce))
  }

/** Their names hold a digest of what is in them, so they may be kept for ever. */
function fileOf(built: Built | null, name: string, accepted: string): Answer | null {
  const file = built?.assets.get(name)
  if (!file) return null
  const { coding, body } = coded(file, accepted)
  return {
    status: 200,
    headers: {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(coding && { 'content-encoding': coding }),
    },
    body,
    actor: null,
  }
}

const coded = ({ plain, br, gzip }: BuiltFile, accepted: string) => {
  const takes = (coding: string): boolean =>
    new RegExp(`(^|,)\\s*${coding}\\s*(,|;(?!\\s*q=0(\\.0*)?\\s*(,|$))|$)`).test(accepted)
  if (br && takes('br')) return { coding: 'br', body: br }
  if (gzip && takes('gzip')) return { coding: 'gzip', body: gzip }
  return { coding: null, body: plain }
}

const html = (status: number, body: string, policy: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  body,
  actor: null,
})

const notBuilt = html(
  503,
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ostiary</title></head><body><main>
<h1>The dashboard is not built here</h1>
<p>Run <code>npm run dashboard</code> in the folder of Ostiary and start it again. REST and the command line work without it.</p>
</main></body></html>`,
  "default-src 'none'; frame-ancestors 'none'",
)
