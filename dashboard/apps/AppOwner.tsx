import type { AppView } from '../../src/apps/schema.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** The name outlives its owner. */
export const AppOwnerName = ({ of: { name, removed } }: { readonly of: AppView['owner'] }) => (
  <span>
    <Data>{name}</Data>
    {removed && ` (${t('left')})`}
  </span>
)
