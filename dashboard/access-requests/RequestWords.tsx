import type { AccessRequestView } from '../../src/access-requests/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What is asked for, in a few words. */
export function whatOf({ kind, subject: { name }, tool, model, usd }: AccessRequestView): string {
  switch (kind) {
    case 'server':
      return t('server', { name })
    case 'tool':
      return t('tool', { tool: tool ?? '', name })
    case 'provider':
      return t('provider', { name })
    case 'model':
      return t('model', { model: model ?? '', name })
    case 'budget':
      return t('budget', { usd: usd ?? '', name })
  }
}

export const targetOf = ({ target: { type, name } }: AccessRequestView): string =>
  type === 'key' ? t('forKey', { name }) : t('forMember', { name })

const kinds = { open: 'waiting', approved: 'good', refused: 'bad', withdrawn: 'over', ended: 'over' } as const
export const RequestState = ({ state }: Pick<AccessRequestView, 'state'>) => (
  <Status kind={kinds[state]}>{t(state)}</Status>
)
