import { useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { ChildView } from '../../../src/keys/children/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ChangeDone } from '../../ui/ChangeDone.tsx'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly of: Pick<ChildView, 'id' | 'key'>; readonly onClose: () => void }

export function EndToken({ of: { id, key }, onClose }: Props) {
  const [effect, setEffect] = useState<Effect | null>(null)
  if (effect)
    return <ChangeDone title={t('endTitle')} text={t('ended')} effect={effect} force="refused" onClose={onClose} />
  return (
    <ConfirmChange
      title={t('endTitle')}
      text={t('endText', { id })}
      submit={t('end')}
      isDangerous
      run={() => ask<{ effect: Effect }>(`DELETE /keys/${key}/children/${id}`)}
      refreshes={['keys', 'audit-events']}
      done={(answer) => setEffect(answer.effect)}
      onClose={onClose}
    />
  )
}
