import { NewOrganization } from '../people/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf, sentences } from './input.ts'
import { makeOne } from './make-one.ts'
import { organizations } from './organization-facts.ts'
import { asTyped } from './perform.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export type OrganizationsCreateOptions = Style & {
  readonly name?: string
  readonly ownerEmail?: string
  readonly ownerName?: string
}

/** The link in the answer is how its first owner signs in; nobody sees it again. */
export function organizationsCreate(
  terminal: Terminal,
  slug: string,
  options: OrganizationsCreateOptions,
): Promise<Exit> {
  const { name = slug, ownerEmail: email, ownerName = email } = options
  const typed = inputOf(
    NewOrganization,
    { slug, name, owner: { email, name: ownerName } },
    {
      slug: sentences.slug('The <slug>'),
      name: sentences.name('--name'),
      'owner.email': '--owner-email must be an e-mail address.',
      'owner.name': sentences.name('--owner-name'),
    },
  )
  return makeOne(terminal, { resource: organizations }, typed, asTyped, options)
}
