import { OrganizationPatch } from '../people/schema.ts'
import { type ChangeOptions, changeOne } from './change-one.ts'
import type { Exit } from './exit.ts'
import { changesOf, sentences } from './input.ts'
import { keySentences, wholeNumber } from './key-options.ts'
import { organizations } from './organization-facts.ts'
import { asTyped } from './perform.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type OrganizationsUpdateOptions = ChangeOptions & {
  readonly name?: string
  readonly slug?: string
  readonly maxStaleness?: string
}

export const organizationsUpdate = (
  terminal: Terminal,
  id: string,
  options: OrganizationsUpdateOptions,
): Promise<Exit> => changeOne(terminal, { resource: organizations, id }, changesIn(options), asTyped, options)

function changesIn({ name, slug, maxStaleness }: OrganizationsUpdateOptions): Given<OrganizationPatch> {
  const { maxStalenessSeconds: sentence = '' } = keySentences
  const seconds = wholeNumber(maxStaleness, sentence)
  if (!seconds.ok) return seconds
  return changesOf(
    OrganizationPatch,
    { name, slug, maxStalenessSeconds: seconds.value },
    {
      name: sentences.name('--name'),
      slug: sentences.slug('--slug'),
      maxStalenessSeconds: sentence,
    },
  )
}
