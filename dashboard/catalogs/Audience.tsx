import type { CatalogView } from '../../src/catalogs/schema.ts'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** In a few words: whom a catalog reaches. */
export function Audience({ of: { everyone, teams, members } }: { readonly of: CatalogView['audience'] }) {
  if (everyone) return t('everyone')
  const said = [
    ...(teams.length > 0 ? [t('teamsCount', { n: teams.length })] : []),
    ...(members.length > 0 ? [t('membersCount', { n: members.length })] : []),
  ]
  return said.length > 0 ? said.join(', ') : t('nobody')
}
