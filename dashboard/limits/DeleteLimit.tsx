import type { Effect } from '../../src/fleet/schema.ts'
import type { LimitView } from '../../src/limits/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly limit: LimitView
  readonly name: string
  readonly onClose: () => void
  readonly onDone: (effect: Effect) => void
}

export const DeleteLimit = ({ limit: { id, target, revision }, name, onClose, onDone }: Props) => (
  <ConfirmChange
    title={t('deleteTitle')}
    text={t('deleteText', { name })}
    submit={t('remove')}
    isDangerous
    run={() => ask<{ effect: Effect }>(`DELETE /limits/${id}`, { revision })}
    refreshes={['limits', 'keys']}
    said={t('removed')}
    done={({ effect }) => onDone(effect)}
    onClose={onClose}
  >
    {target.type === 'key' && t('deleteKey')}
  </ConfirmChange>
)
