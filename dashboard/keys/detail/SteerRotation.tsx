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
  readonly of: Pick<KeyView, 'id'>
  readonly verb: 'finish' | 'undo'
  readonly onClose: () => void
}

/** Ends the overlap of a rotation: the old secret now, or the new one (M2). */
export function SteerRotation({ of: { id }, verb, onClose }: Props) {
  const [effect, setEffect] = useState<Effect | null>(null)
  const isCut = verb === 'finish'
  const title = isCut ? t('cutTitle') : t('undo')
  if (effect)
    return (
      <ChangeDone
        title={title}
        text={isCut ? t('cutDone') : t('undoDone')}
        effect={effect}
        force={isCut ? 'refused' : 'inForce'}
        onClose={onClose}
      />
    )
  return (
    <ConfirmChange
      title={title}
      text={isCut ? t('cutText') : t('undoText')}
      submit={isCut ? t('cutNow') : t('undo')}
      isDangerous
      run={(idempotencyKey) =>
        ask<{ effect: Effect }>(`POST /keys/${id}/rotation/${verb}`, { body: {}, idempotencyKey })
      }
      refreshes={['keys', 'rotations']}
      done={(answer) => setEffect(answer.effect)}
      onClose={onClose}
    />
  )
}
