import { createBrowser, type RealProvider } from './oidc-provider-rig.ts'
import type { Json } from './product.ts'
import type { Stores } from './stores.ts'
import { startControl } from './tenants/control.ts'

export type SingleSignOnWorld = Awaited<ReturnType<typeof startWorld>>

/** Control over HTTP, an organization beside the default one, and what the tests of single sign-on do with both. */
export async function startWorld(stores: Pick<Stores, 'newPlace'>) {
  const control = await startControl(stores)
  const { url, operator, done } = control
  const host = { 'x-forwarded-for': '192.0.2.7' }
  const eventsOf = async (token = operator): Promise<Json[]> => (await done(token, 'GET /audit-events?limit=200')).items
  return {
    ...control,
    host,
    /** Adds an identity provider, of `token`'s organization. */
    added: async (body: object, token = operator): Promise<Json> =>
      (await done(token, 'POST /identity-providers', body)).identityProvider,
    /** Registers control at the real provider as what it said it is. */
    registered: (provider: RealProvider, shown: readonly Json[], clientSecret: string | null): void =>
      provider.serve(
        shown.map(({ clientId, redirectUri }) => ({
          clientId,
          clientSecret,
          redirectUri,
          postLogoutUri: `${url}/sign-in`,
        })),
      ),
    /** Another organization with the management token of its first owner. */
    organization: async (slug: string, email: string): Promise<{ token: string; owner: string }> => {
      const owner = { email, name: 'Owner' }
      await done(operator, 'POST /organizations', { slug, name: slug, owner })
      const made = await done(operator, 'POST /management-tokens', { name: 'test', scopes: ['*'], organization: slug })
      return { token: made.secret, owner: made.managementToken.member }
    },
    eventsOf,
    actionsOf: async (token = operator): Promise<string[]> => (await eventsOf(token)).map(({ action }) => action),
    /** Opens the link and goes where it leads, until control has said how it ended. */
    signIn: async (link: string, browser = createBrowser()) => {
      const ended = await browser.follow(link, (to) => isEnd(url, to))
      return { ended: ended.replace(url, ''), browser, session: sessionOf(browser, url) }
    },
  }
}

const isEnd = (url: string, to: URL): boolean =>
  to.origin === url && !to.pathname.startsWith('/sign-in/oidc/') && !to.pathname.startsWith('/sign-in/callback')

const sessionOf = (browser: ReturnType<typeof createBrowser>, url: string): string | null =>
  browser.cookies(url).get('__Host-ostiary-session') ?? null
