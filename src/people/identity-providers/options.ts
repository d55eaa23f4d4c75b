import { ok, type Result } from '../../problems.ts'
import { findDefaultOrganization, findOrganization } from '../store.ts'
import type { ProviderDeps } from './create.ts'
import type { SignInOptions } from './schema.ts'
import { listProviders } from './store.ts'
import { signInUrlOf } from './view.ts'

/**
 * Which ways there are into an organization. One that offers nothing but passwords is answered like one that is not
 * there, so that nobody finds out by asking who uses this installation.
 */
export const signInOptions =
  (deps: Pick<ProviderDeps, 'system' | 'controlUrl'>) =>
  (asked: string | undefined): Promise<Result<SignInOptions>> =>
    deps.system.read(async (db) => {
      const found = await (asked === undefined ? findDefaultOrganization(db) : findOrganization(db, asked))
      const all = found ? await listProviders(db, found.id) : []
      const active = all.filter(({ state }) => state === 'active')
      const passwords = found?.policies.passwordSignIn ?? 'on'
      const isShown = found && (found.isDefault || active.length > 0 || passwords === 'off')
      if (!isShown) return ok({ organization: null, passwords: 'on', identityProviders: [] })
      const { slug, name } = found
      return ok({
        organization: { slug, name },
        passwords,
        identityProviders: active.map((one) => ({
          slug: one.slug,
          name: one.name,
          url: signInUrlOf(deps, slug, one.slug),
        })),
      })
    })
