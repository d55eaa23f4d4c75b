import { useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ChangeDone } from '../../ui/ChangeDone.tsx'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly of: Pick<KeyView, 'id' | 'name' | 'revision'>
  readonly onClose: () => void
  readonly onDeleted?: () => void
}

/** Asks with the name of the key; afterwards it says where the key is refused already. */
export function DeleteKey({ of: { id, name, revision }, onClose, onDeleted }: Props) {
  const [effect, setEffect] = useState<Effect | null>(null)
  const said = { title: t('deleteTitle'), onClose }
  if (effect) return <ChangeDone {...said} text={t('deleted', { name })} effect={effect} force="refused" />
  return (
    <ConfirmChange
      {...said}
      text={t('deleteText', { name })}
      submit={t('delete')}
      isDangerous
      run={() => ask<{ effect: Effect }>(`DELETE /keys/${id}`, { revision })}
      refreshes={['keys']}
      done={(answer) => {
        setEffect(answer.effect)
        onDeleted?.()
      }}
    />
  )
}
