import type { ManagementTokenView } from '../../../src/people/schema.ts'
import { translator } from '../../texts.ts'
import { Status } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'
import { statusOf } from './tokenStatus.ts'

const t = translator(texts)

const kinds = { active: 'good', expired: 'over', revoked: 'bad' } as const
export function TokenState({ token }: { readonly token: ManagementTokenView }) {
  const status = statusOf(token, Date.now())
  return <Status kind={kinds[status]}>{t(status)}</Status>
}
